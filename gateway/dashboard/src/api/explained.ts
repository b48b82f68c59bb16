import { useQuery } from "@tanstack/react-query";
import { api, body, type ApiFault } from "./client";
import type { Criteria } from "./marks";
import { LIVE_MS } from "./reports";

/** The shapes of grading's results (contracts, section 4), which OpenAPI does not give. */

export type GateName = "lms" | "core_team" | "institution" | "list";

/** `holder` while it waits, `by` and `at` once it is decided. */
export interface Gate {
  state: "waiting" | "met" | "refused";
  holder?: string | null;
  by?: string | null;
  at?: string | null;
  reasons?: string[];
}

export type HolderName = "learner" | "grader" | "core_team" | "institution" | "department" | "vendor";

export interface Missing {
  what: string;
  holder: HolderName;
}

export interface Result {
  enrolment_id: string;
  scores: Record<"diligence" | "process" | "final" | "total", string | null>;
  conditions: Record<"survey" | "profile", boolean>;
  gates: Record<GateName, Gate>;
  status: string;
  missing: Missing[];
  flags: string[];
}

/** One event of the learning platform. */
export interface Evidence {
  vendor: string;
  event_id: string;
  type: string;
  at: string;
  /** null where they are not the reader's to see: what a survey was answered. */
  facts: Record<string, unknown> | null;
}

export interface Verdict {
  gate: "core_team" | "institution";
  met: boolean;
  reason: string | null;
  by_account: string;
  at: string;
}

/** A result with every input, the rule it was made by, and who decided; and whose it is. */
export interface ExplainedResult extends Result {
  person_id: string;
  name: string;
  unit_name: string;
  class: string;
  class_code: string;
  course: string;
  title: string;
  kind: string;
  unmarked: { paper: string; attempt: number; since: string }[];
  inputs: Evidence[];
  composition: Record<"document" | "graphic" | "video" | "task", number>;
  rule: { title: string; version: number; source: { document: string; article: string }; scale: number; pass: Record<string, string>; criteria: Criteria | null };
  verdicts: Verdict[];
  recognition: { list_title: string; approved_at: string; approved_by: string } | null;
}

/** One result; asked again while its page is looked at. */
export function useResult(enrolment: string) {
  return useQuery<ExplainedResult, ApiFault>({
    queryKey: ["result", enrolment],
    queryFn: ({ signal }) =>
      body<ExplainedResult>(api.GET("/api/v1/results/{enrolment_id}", { params: { path: { enrolment_id: enrolment } }, signal })),
    refetchInterval: ({ state }) => (state.error?.status === 401 ? false : LIVE_MS),
  });
}
