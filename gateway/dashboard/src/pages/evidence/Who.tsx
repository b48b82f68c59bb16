import type { StaffMember } from "../../api/roster";
import { useSpeech } from "../../messages/language";

/** Whose account it is, and by which role she acts: by name where roster tells it, else by the account itself. */
export function Who({ account, staff }: { account: string; staff: readonly StaffMember[] }) {
  const { m } = useSpeech();
  const found = staff.find((one) => one.account === account);
  if (found === undefined) return account;
  return (
    <span title={account}>
      {found.name}, {m.roles[found.role]}
    </span>
  );
}
