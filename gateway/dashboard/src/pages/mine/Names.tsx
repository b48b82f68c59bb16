import type { StaffMember } from "../../api/roster";
import { useSpeech } from "../../messages/language";

/** Whom to turn to: those of the staff who hold one of these roles, by name and account. */
export function Names({ staff, roles }: { staff: readonly StaffMember[]; roles: readonly StaffMember["role"][] }) {
  const { m } = useSpeech();
  const found = staff.filter(({ role }) => roles.includes(role));
  return (
    <>
      {found.map(({ account, name, role }, place) => (
        <span key={`${role}-${account}`}>
          {place > 0 && "; "}
          {m.roles[role]} {name} (<a href={`mailto:${account}`}>{account}</a>)
        </span>
      ))}
    </>
  );
}
