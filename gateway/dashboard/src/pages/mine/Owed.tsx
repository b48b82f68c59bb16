import type { HolderName, Missing, Result } from "../../api/explained";
import type { StaffMember } from "../../api/roster";
import { useSpeech } from "../../messages/language";
import { owedWork } from "../../parts/owed";

interface Props {
  result: Result;
  staff: readonly StaffMember[];
}

/** Which of the staff hold what waits for the class's core team, for an institution, for the Sở. */
const HELD_BY: Partial<Record<HolderName, StaffMember["role"]>> = {
  grader: "core_teacher",
  core_team: "core_teacher",
  institution: "institution_lecturer",
};

/** What is missing, and who holds it: her own first. */
export function Owed({ result, staff }: Props) {
  const { m } = useSpeech();
  const { missing, gates } = result;
  if (missing.length === 0) return <p>{m.mine.nothingOwed}</p>;
  const holder = (one: Missing) => {
    if (one.holder === "learner") return m.mine.you;
    const names = staff.filter(({ role }) => role === HELD_BY[one.holder]).map(({ name }) => name);
    return [m.holders[one.holder], names.join(", ")].filter(Boolean).join(": ");
  };
  return (
    <div className="scroll" role="region" aria-label={m.mine.owed} tabIndex={0}>
      <table className="lines">
        <caption>{gates.list.state === "met" ? m.mine.leftOut : m.mine.owed}</caption>
        <thead>
          <tr>
            <th scope="col">{m.mine.work}</th>
            <th scope="col">{m.mine.holder}</th>
          </tr>
        </thead>
        <tbody>
          {missing.map((one) => (
            <tr key={one.what} className={one.holder === "learner" ? "own" : undefined}>
              <td>{owedWork(m, one.what)}</td>
              <td>{holder(one)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
