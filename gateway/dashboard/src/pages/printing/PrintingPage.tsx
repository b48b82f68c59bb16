import { useMemo } from "react";
import { rolesOf, useMe, type Role } from "../../api/me";
import { useUnits } from "../../api/printing";
import { useClasses } from "../../api/results";
import { useSpeech } from "../../messages/language";
import { useTitle } from "../../parts/useTitle";
import { AskPrint } from "./AskPrint";
import { PrintRuns } from "./PrintRuns";

/** Who has units, and who has classes, to choose from. */
const BY_UNIT: readonly Role[] = ["province_officer", "department_leader", "district_officer", "school_head"];
const BY_CLASS: readonly Role[] = ["province_officer", "department_leader", "institution_lecturer"];

/** The papers of a class or a unit in one file for the printer: asked for, left, found again. */
export function PrintingPage() {
  const { m } = useSpeech();
  const roles = rolesOf(useMe().data);
  const units = useUnits(BY_UNIT.some((role) => roles.has(role)));
  const classes = useClasses(BY_CLASS.some((role) => roles.has(role)));
  useTitle(m.printing.title);
  const names = useMemo(
    () =>
      new Map([
        ...(units.data ?? []).map(({ id, name }) => [id, name] as const),
        ...(classes.data ?? []).map(({ id, code }) => [id, m.printing.class(code)] as const),
      ]),
    [units.data, classes.data, m],
  );
  return (
    <div className="page">
      <h1>{m.printing.title}</h1>
      <AskPrint units={units.data ?? []} classes={classes.data ?? []} />
      <PrintRuns names={names} />
    </div>
  );
}
