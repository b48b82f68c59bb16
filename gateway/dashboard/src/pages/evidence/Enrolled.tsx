import type { Explained } from "../../api/roster";
import { useSpeech } from "../../messages/language";
import { Lines, type Line } from "./Lines";
import { Who } from "./Who";

/** How she came into the class: who decided what, and what followed by itself. */
export function Enrolled({ enrolment }: { enrolment: Explained }) {
  const { m, moment } = useSpeech();
  const { decisions, steps, staff, withdrawn_reason } = enrolment;
  const words = m.evidence.decisions as Record<string, string>;
  const decided: Line[] = decisions.map((one) => ({
    key: `${one.at}-${one.action}-${one.recorded_at}`,
    at: one.at,
    what: [words[one.action] ?? one.action, one.action === "enrolment.withdrawn" ? withdrawn_reason : null].filter(Boolean).join(": "),
    who: <Who account={one.account} staff={staff} />,
  }));
  // A step that somebody decided stands there already, by the same instant.
  const taken = new Set(decisions.map(({ at }) => at));
  const followed: Line[] = steps
    .filter(({ effective_at }) => !taken.has(effective_at))
    .map(({ what, effective_at }) => ({ key: `${effective_at}-${what}`, at: effective_at, what: words[what] ?? what, who: m.evidence.system }));
  const kinds = m.evidence.windows as Record<string, string>;
  const windows = enrolment.windows.map(({ kind, opens_at, closes_at }) => `${kinds[kind] ?? kind}: ${moment(opens_at)} – ${moment(closes_at)}`);
  const lines = [...decided, ...followed].sort((one, other) => one.at!.localeCompare(other.at!));
  return (
    <Lines title={m.evidence.enrolled} lines={lines}>
      <p className="note">{windows.join("; ")}</p>
    </Lines>
  );
}
