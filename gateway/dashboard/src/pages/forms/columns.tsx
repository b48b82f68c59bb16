import { useMemo } from "react";
import { adds, ofClass, type FormNumber, type FormRow } from "../../api/forms";
import { useSpeech, type Speech } from "../../messages/language";
import type { Column } from "../../parts/DataTable";
import type { May } from "./may";

export function useColumns(form: FormNumber, may: May, answer: (row: FormRow) => void): Column<FormRow>[] {
  const speech = useSpeech();
  return useMemo(() => columnsOf(form, speech, may, answer), [form, speech, may, answer]);
}

function columnsOf(form: FormNumber, { m, number, day }: Speech, may: May, answer: (row: FormRow) => void): Column<FormRow>[] {
  const words = (id: keyof typeof m.forms.columns, value: Column<FormRow>["value"]): Column<FormRow> => ({
    id,
    header: m.forms.columns[id],
    text: true,
    value,
  });
  return [
    words("name", (row) => row.name),
    words("birth", (row) => row.birth_date && day(row.birth_date)),
    words("unit", (row) => row.unit.name),
    ...(ofClass(form) ? [words("class", (row) => row.class?.code ?? null)] : []),
    ...(adds(form) ? [words("position", (row) => row.position)] : [words("need", (row) => m.forms.needs[row.need])]),
    words("note", (row) => row.note),
    words("owner", (row) => row.owner.name),
    {
      id: "days",
      header: m.forms.columns.days,
      value: (row) => row.days_waiting,
      cell: (row) => number(row.days_waiting),
    },
    {
      ...words("answer", (row) => (row.outcome === null ? m.forms.states.waiting : `${m.forms.outcomes[row.outcome]}: ${row.answer}`)),
      cell: (row) =>
        may.answer(row) ? (
          <button type="button" className="quiet" onClick={() => answer(row)}>
            {m.forms.answering.button}
            <span className="unseen"> {row.name}</span>
          </button>
        ) : row.outcome === null ? (
          m.forms.states.waiting
        ) : (
          <>
            <strong>{m.forms.outcomes[row.outcome]}</strong> {row.answer}
          </>
        ),
    },
  ];
}
