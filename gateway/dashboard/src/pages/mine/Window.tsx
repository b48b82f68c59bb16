import type { Result } from "../../api/explained";
import type { Enrolment, StaffMember } from "../../api/roster";
import { useSpeech } from "../../messages/language";
import { daysBetween } from "../../parts/days";
import { Names } from "./Names";

interface Props {
  enrolment: Enrolment;
  result: Result;
  staff: readonly StaffMember[];
}

/** Until when she may study, and what to do where that is over or she has never come in. */
export function Window({ enrolment, result, staff }: Props) {
  const { m, moment, number } = useSpeech();
  const now = new Date();
  const { missing } = result;
  const owes = isOwing(result);
  const early = now < new Date(enrolment.opens_at);
  const over = now > new Date(enrolment.closes_at);
  const span = m.mine.window(moment(enrolment.opens_at), moment(enrolment.closes_at));
  return (
    <div className={over && owes ? "window late" : "window"}>
      <p>
        {span}{" "}
        <b>{early ? m.mine.notOpen : over && !owes ? m.mine.closed : m.people.left(daysBetween(now, enrolment.closes_at), number)}</b>
      </p>
      {over && owes && (
        <p>
          {m.mine.extend} <Names staff={staff} roles={["school_head"]} />
        </p>
      )}
      {!over && missing.some(({ what }) => what === "log_in") && (
        <p>
          {m.mine.logIn(enrolment.accounts.join(", "))} <Names staff={staff} roles={["school_head", "district_officer"]} />
        </p>
      )}
    </div>
  );
}

/** Whether something that counts is still hers to do: what an approved list names stands, whatever she left out. */
function isOwing({ missing, gates }: Result): boolean {
  return gates.list.state !== "met" && missing.some(({ holder }) => holder === "learner");
}
