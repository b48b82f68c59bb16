import { Link } from "@tanstack/react-router";
import type { ListedRow } from "../../api/decisions";
import type { Speech } from "../../messages/language";
import type { Column } from "../../parts/DataTable";
import { problemText } from "../../parts/Refusals";
import { evidenceRoute } from "../evidence/route";

type Change = ListedRow["changes"][number];

/** A list's columns: whose row it is, what is different, what is in the way, and what it rests on. */
export function columnsOf(speech: Speech, draft: boolean): Column<ListedRow>[] {
  const { m, score } = speech;
  return [
    {
      id: "name",
      header: m.verdicts.learner,
      text: true,
      value: (row) => row.name,
      cell: (row) => (
        <Link to={evidenceRoute.to} params={{ enrolment: row.enrolment_id }}>
          {row.name}
        </Link>
      ),
    },
    {
      id: "changes",
      header: draft ? m.lists.changesOfDraft : m.lists.changesOfApproved,
      text: true,
      value: (row) => row.changes.length + (row.problem === null ? 0 : 1_000),
      cell: (row) => <Changes row={row} speech={speech} />,
    },
    ...(draft ? [problem(speech)] : []),
    { id: "total", header: m.scores.total, value: (row) => (row.scores.total === null ? null : Number(row.scores.total)), cell: (row) => score(row.scores.total) },
    { id: "class", header: m.verdicts.class, text: true, value: (row) => row.class_code },
    { id: "unit", header: m.verdicts.unit, text: true, value: (row) => row.unit_name },
    { id: "core_team", header: m.verdicts.coreTeam, text: true, value: (row) => metBy(row.gates.core_team) },
    { id: "institution", header: m.verdicts.institution, text: true, value: (row) => metBy(row.gates.institution) },
    { id: "earlier", header: m.lists.earlier, text: true, value: (row) => earlier(row, speech) },
  ];
}

/** Who said that a gate is met; nobody where it is not. */
function metBy(gate: ListedRow["gates"]["core_team"]): string {
  return gate.state === "met" ? (gate.by ?? "") : "";
}

function problem({ m }: Speech): Column<ListedRow> {
  return {
    id: "problem",
    header: m.lists.problem,
    text: true,
    value: (row) => problemText(row.problem, m.problems),
    cell: (row) => (row.problem === null ? m.lists.noProblem : <strong className="refused">{problemText(row.problem, m.problems)}</strong>),
  };
}

/** Each difference as "before → now"; a reason of a gate that says no beside it. */
function Changes({ row, speech }: { row: ListedRow; speech: Speech }) {
  const { m } = speech;
  if (row.changes.length === 0) return m.lists.unchanged;
  return (
    <ul className="changes">
      {row.changes.map((change) => (
        <li key={change.what}>
          {`${nameOf(change.what, m)}: ${shown(change.before, speech)} → ${shown(change.now, speech)}`}
          <Why row={row} change={change} />
        </li>
      ))}
    </ul>
  );
}

/** The reason a person gave at a gate that she refused since. */
function Why({ row, change }: { row: ListedRow; change: Change }) {
  if (change.what !== "core_team" && change.what !== "institution") return null;
  const reasons = row.gates[change.what].reasons ?? [];
  return reasons.length === 0 ? null : <span className="note"> ({reasons.join("; ")})</span>;
}

/** A score, a gate or a condition as people call it. */
function nameOf(what: string, m: Speech["m"]): string {
  const names: Record<string, string> = { ...m.scores, ...m.gates, ...m.changes };
  return names[what] ?? what;
}

function shown(value: Change["before"], { m, score }: Speech): string {
  if (typeof value === "boolean") return value ? m.lists.yes : m.lists.no;
  if (value === null || value === undefined) return "–";
  const states: Record<string, string> = { met: m.met, refused: m.notMet, waiting: m.waiting };
  return states[value] ?? score(value);
}

/** The list on which she was recognised before, and what became of that pass. */
function earlier(row: ListedRow, { m, moment }: Speech): string {
  if (row.pass_withdrawn_at) return m.lists.passWithdrawn(moment(row.pass_withdrawn_at));
  if (!row.other_list) return "";
  const { title, approved_at, pass_withdrawn_at } = row.other_list;
  const before = m.lists.before(title, moment(approved_at));
  return pass_withdrawn_at ? `${before}; ${m.lists.passWithdrawn(moment(pass_withdrawn_at))}` : before;
}
