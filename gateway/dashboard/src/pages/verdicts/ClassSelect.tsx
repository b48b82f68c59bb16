import { useClasses } from "../../api/results";
import { useSpeech } from "../../messages/language";
import { Select } from "../../parts/Select";

/** One of the reader's classes, or all; nothing to choose where there is one. */
export function ClassSelect({ chosen, choose }: { chosen: string | undefined; choose: (one: string | undefined) => void }) {
  const { m } = useSpeech();
  const classes = useClasses();
  if (classes.data === undefined || classes.data.length < 2) return null;
  return (
    <Select
      label={m.verdicts.class}
      chosen={chosen ?? ""}
      options={[{ value: "", label: m.verdicts.allClasses }, ...classes.data.map(({ id, code }) => ({ value: id, label: code }))]}
      choose={(one) => choose(one || undefined)}
    />
  );
}
