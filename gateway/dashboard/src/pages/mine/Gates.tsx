import type { Gate, GateName, Result } from "../../api/explained";
import type { StaffMember } from "../../api/roster";
import { useSpeech } from "../../messages/language";
import { reasonOf } from "../../parts/reasons";

interface Props {
  gates: Result["gates"];
  staff: readonly StaffMember[];
}

const ORDER: readonly GateName[] = ["lms", "core_team", "institution", "list"];
const SIGNS = { met: "✓", refused: "✗", waiting: "…" } as const;

/** The four gates in their order, each with its state in words. */
export function Gates({ gates, staff }: Props) {
  const { m, date } = useSpeech();
  const told = (gate: Gate) => {
    if (gate.state === "waiting") return m.waiting;
    const by = staff.find(({ account }) => account === gate.by)?.name;
    const when = gate.at == null ? null : date(gate.at);
    const reasons = (gate.reasons ?? []).map((reason) => reasonOf(m, reason));
    return [gate.state === "met" ? m.met : m.notMet, ...reasons, by, when].filter(Boolean).join("; ");
  };
  return (
    <ol className="gates" aria-label={m.mine.gates}>
      {ORDER.map((name) => (
        <li key={name} className={gates[name].state}>
          <span aria-hidden="true" className="sign">
            {SIGNS[gates[name].state]}
          </span>
          <b>{m.gates[name]}</b>
          <span className="note">{told(gates[name])}</span>
        </li>
      ))}
    </ol>
  );
}
