import { Link } from "@tanstack/react-router";
import type { Gate, Result } from "../../api/results";
import type { Speech } from "../../messages/language";
import type { Column } from "../../parts/DataTable";
import { evidenceRoute } from "../evidence/route";

/** The column that leads to a page and says nothing of its own. */
export const EVIDENCE = "evidence";

/** What one looks at before a verdict: the scores, and what was said at the gates so far. */
export function columnsOf(speech: Speech, gate: Gate, refused: boolean): Column<Result>[] {
  const { m } = speech;
  return [
    { id: "name", header: m.verdicts.learner, text: true, value: (row) => row.name },
    ...(refused ? [reasons(speech, gate)] : []),
    score("total", speech),
    score("diligence", speech),
    score("process", speech),
    score("final", speech),
    ...(gate === "institution" ? [coreTeam(speech)] : []),
    { id: "class", header: m.verdicts.class, text: true, value: (row) => row.class_code },
    { id: "unit", header: m.verdicts.unit, text: true, value: (row) => row.unit_name },
    {
      id: EVIDENCE,
      header: m.verdicts.evidence,
      text: true,
      value: (row) => row.name,
      cell: (row) => (
        <Link to={evidenceRoute.to} params={{ enrolment: row.enrolment_id }} aria-label={m.verdicts.evidenceOf(row.name)}>
          {m.verdicts.look}
        </Link>
      ),
    },
    { id: "flags", header: m.verdicts.flags, text: true, value: (row) => row.flags.map((flag) => flagText(flag, m.flags)).join("; ") },
  ];
}

function score(part: keyof Result["scores"], { m, score: shown }: Speech): Column<Result> {
  return {
    id: part,
    header: m.scores[part],
    value: (row) => (row.scores[part] === null ? null : Number(row.scores[part])),
    cell: (row) => shown(row.scores[part]),
  };
}

function coreTeam({ m }: Speech): Column<Result> {
  return { id: "core_team", header: m.verdicts.coreTeam, text: true, value: (row) => row.gates.core_team.by ?? "" };
}

function reasons({ m }: Speech, gate: Gate): Column<Result> {
  return { id: "reasons", header: m.verdicts.reason, text: true, value: (row) => row.gates[gate].reasons?.join("; ") ?? "" };
}

/** A remark of the assessment; what comes after ":" is what it is about. */
function flagText(flag: string, texts: Record<string, string>): string {
  return texts[flag.replace(/:.*$/, "")] ?? flag;
}
