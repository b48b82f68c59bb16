import { api, body } from "./client";
import { usePages, type ListPage } from "./pages";

/** Who decided what: a row of any service's audit. `details` holds no personal data. */
export interface AuditRow {
  id: string;
  service: Area;
  at: string;
  recorded_at: string;
  account: string;
  action: string;
  object_type: string;
  object_id: string;
  details: Record<string, unknown>;
}

/** Each service keeps what was decided there. */
export const AREAS = ["roster", "grading", "certificates", "reporting"] as const;
export type Area = (typeof AREAS)[number];

const PAGE = 50;

/** A service's decisions, the newest first; `wanted`: whether the reader is known to be one who may. */
export function useAudit(service: Area, wanted: boolean) {
  return usePages<AuditRow>({
    enabled: wanted,
    key: ["audit", service],
    page: (cursor, signal) =>
      body<ListPage<AuditRow>>(api.GET("/api/v1/audit", { params: { query: { service, limit: PAGE, cursor } }, signal })),
  });
}
