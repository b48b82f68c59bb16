import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { AREAS, useAudit, type Area, type AuditRow } from "../../api/audit";
import { useMe } from "../../api/me";
import { useSpeech, type Speech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import type { Column } from "../../parts/DataTable";
import { PagedTable } from "../../parts/PagedTable";
import { useTitle } from "../../parts/useTitle";
import { auditRoute } from "./route";

/** Who decided what, when it counts and when it came: nothing here can be changed or taken out. */
export function AuditPage() {
  const speech = useSpeech();
  const { m } = speech;
  const of: Area = auditRoute.useSearch().of ?? "roster";
  const me = useMe().data;
  const navigate = useNavigate();
  const columns = useMemo(() => columnsOf(speech), [speech]);
  useTitle(m.audit.title);
  return (
    <div className="page">
      <div className="heading">
        <h1>{m.audit.title}</h1>
        <Choice
          legend={m.audit.area}
          name="area"
          chosen={of}
          options={AREAS.map((area) => ({ value: area, label: m.audit.areas[area] }))}
          choose={(area) => void navigate({ to: auditRoute.to, search: { of: area }, resetScroll: false })}
        />
      </div>
      <p>{m.audit.about}</p>
      <PagedTable
        key={of}
        title={m.audit.areas[of]}
        caption={m.audit.listOf}
        columns={columns}
        pages={useAudit(of, me !== undefined)}
        rowId={(row) => row.id}
        sort="-at"
      />
    </div>
  );
}

function columnsOf({ m, instant }: Speech): Column<AuditRow>[] {
  const at = (text: string) => instant(new Date(text));
  return [
    { id: "at", header: m.audit.at, title: m.audit.atNote, text: true, value: (row) => Date.parse(row.at), cell: (row) => at(row.at) },
    { id: "account", header: m.audit.account, text: true, value: (row) => row.account },
    { id: "action", header: m.audit.action, text: true, value: (row) => actionOf(m, row.action) },
    { id: "object", header: m.audit.object, text: true, value: (row) => row.object_id, cell: (row) => <code>{row.object_id}</code> },
    { id: "details", header: m.audit.details, text: true, value: written, cell: (row) => <code className="details">{written(row)}</code> },
    { id: "recorded_at", header: m.audit.recordedAt, title: m.audit.recordedAtNote, value: (row) => Date.parse(row.recorded_at), cell: (row) => at(row.recorded_at) },
  ];
}

/** In words; an act that has none yet by its code, which is better than nothing. */
function actionOf(m: Speech["m"], action: string): string {
  const words: Record<string, string> = m.audit.actions;
  return words[action] ?? action;
}

function written({ details }: AuditRow): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}
