import type { Structure } from "../../api/reports";
import { useSpeech } from "../../messages/language";
import { Choice } from "../../parts/Choice";

/** By which tree the same people are counted: that of their enrolment, or today's. */
export function StructureChoice(props: { structure: Structure; change: (structure: "today" | undefined) => void }) {
  const { m } = useSpeech();
  return (
    <Choice
      legend={m.progress.structure.legend}
      name="structure"
      chosen={props.structure}
      options={[
        { value: "then", label: m.progress.structure.then },
        { value: "today", label: m.progress.structure.today },
      ]}
      choose={(value) => props.change(value === "today" ? "today" : undefined)}
    />
  );
}
