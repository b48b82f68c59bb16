import { paperOf, type Certificate } from "../../api/evidence";
import type { ExplainedResult, GateName } from "../../api/explained";
import type { StaffMember } from "../../api/roster";
import { useSpeech } from "../../messages/language";
import type { Messages } from "../../messages/vi";
import { reasonOf } from "../../parts/reasons";
import { Lines, type Line } from "./Lines";
import { Who } from "./Who";

interface Props {
  result: ExplainedResult;
  certificates: readonly Certificate[];
  /** When each certificate was issued, by its id. */
  issued: ReadonlyMap<string, string>;
  staff: readonly StaffMember[];
}

/** What the rule and people said at each gate, and the paper that came of it; last what waits, and for whom. */
export function Judged({ result, certificates, issued, staff }: Props) {
  const { m } = useSpeech();
  const lines = [
    ...byRule(result, m),
    ...byPeople(result, staff, m),
    ...certificates.flatMap((one) => papers(one, issued.get(one.id) ?? null, m)),
    ...waiting(result, staff, m),
  ];
  return <Lines title={m.evidence.judged} lines={lines} />;
}

function byRule({ gates: { lms } }: ExplainedResult, m: Messages): Line[] {
  if (lms.state === "waiting") return [];
  const said = `${m.gates.lms}: ${lms.state === "met" ? m.met : m.notMet}`;
  const reasons = (lms.reasons ?? []).map((reason) => reasonOf(m, reason));
  return [{ key: "lms", at: lms.at ?? null, what: [said, ...reasons].join("; "), who: m.evidence.byRule }];
}

/** Every verdict, also one that a later one took the place of; then the list that recognised her. */
function byPeople({ verdicts, recognition }: ExplainedResult, staff: readonly StaffMember[], m: Messages): Line[] {
  const lines = [...verdicts]
    .sort((one, other) => one.at.localeCompare(other.at))
    .map(({ gate, met, reason, at, by_account }): Line => {
      const said = `${m.gates[gate]}: ${met ? m.met : m.notMet}`;
      const what = reason === null ? said : `${said} (${reason})`;
      return { key: `${gate}-${at}`, at, what, who: <Who account={by_account} staff={staff} /> };
    });
  if (recognition === null) return lines;
  const { list_title, approved_at, approved_by } = recognition;
  return [...lines, { key: "list", at: approved_at, what: m.evidence.approved(list_title), who: <Who account={approved_by} staff={staff} /> }];
}

function papers(one: Certificate, issuedAt: string | null, m: Messages): Line[] {
  const what = (
    <>
      {m.evidence.issued} <a href={paperOf(one)}>{one.number}</a> (<a href={one.verify_url}>{m.evidence.verify}</a>)
    </>
  );
  const issued: Line = { key: one.id, at: issuedAt, what, who: one.issuer };
  if (one.state === "valid") return [issued];
  const ended = [`${m.evidence.ended[one.state]} ${one.number}`, one.ended_why].filter(Boolean).join(": ");
  return [issued, { key: `${one.id}-ended`, at: one.ended_at, what: ended, who: one.issuer }];
}

function waiting({ gates }: ExplainedResult, staff: readonly StaffMember[], m: Messages): Line[] {
  return (Object.keys(gates) as GateName[])
    .filter((name) => gates[name].state === "waiting")
    .map((name) => {
      const { holder } = gates[name];
      const who = holder == null ? "–" : <Who account={holder} staff={staff} />;
      return { key: `waiting-${name}`, at: null, what: `${m.gates[name]}: ${m.waiting}`, who };
    });
}
