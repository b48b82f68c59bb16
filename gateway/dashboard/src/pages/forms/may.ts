import type { FormNumber, FormRow } from "../../api/forms";
import { ofClass } from "../../api/forms";
import { rolesOf, type Me } from "../../api/me";

/** What the reader may do here, as roster's rules say; roster decides. */
export interface May {
  fillIn: (form: FormNumber) => boolean;
  answer: (row: FormRow) => boolean;
  passUp: (row: FormRow) => boolean;
  first: FormNumber;
}

export function mayOf(me: Me | undefined): May {
  const roles = rolesOf(me);
  const office = roles.has("province_officer") || roles.has("department_leader");
  const districts = new Set(me?.grants?.filter(({ role }) => role === "district_officer").map((grant) => grant.unit_id));
  const waits = (row: FormRow) => row.state === "waiting" && row.raised_by !== me?.account;
  return {
    fillIn: (form) => (ofClass(form) ? roles.has("core_teacher") : roles.has("school_head") || roles.has("district_officer")),
    answer: (row) => waits(row) && (office || districts.has(row.owner.id)),
    passUp: (row) => waits(row) && districts.has(row.owner.id),
    first: roles.has("core_teacher") ? 1 : 3,
  };
}
