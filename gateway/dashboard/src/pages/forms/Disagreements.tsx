import { useState } from "react";
import { useDisagreements, type Disagreement } from "../../api/forms";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";

/** Of whom the core teacher and the school do not say the same: there somebody errs. */
export function Disagreements() {
  const speech = useSpeech();
  const { m } = speech;
  const found = useDisagreements(true);
  const [sort, setSort] = useState("name");
  if (found.data === undefined || found.data.length === 0) return null;
  return (
    <section className="card">
      <h2>{m.forms.disagreements.title}</h2>
      <p className="note">{m.forms.disagreements.about}</p>
      <DataTable
        caption={m.forms.disagreements.caption(speech.number(found.data.length))}
        columns={columnsOf(speech)}
        rows={found.data}
        rowId={(one) => one.rows[0]!.id}
        sort={sort}
        onSort={setSort}
      />
    </section>
  );
}

function columnsOf({ m }: Speech): Column<Disagreement>[] {
  const side = (one: Disagreement, core: boolean) =>
    one.rows
      .filter((row) => row.form <= 2 === core)
      .map((row) => m.forms.needs[row.need])
      .join(", ");
  return [
    { id: "name", header: m.forms.columns.name, text: true, value: (one) => one.rows[0]!.name },
    { id: "unit", header: m.forms.columns.unit, text: true, value: (one) => one.rows[0]!.unit.name },
    { id: "kind", header: m.forms.disagreements.kind, text: true, value: (one) => m.forms.disagreements.kinds[one.kind] },
    { id: "core", header: m.forms.disagreements.core, text: true, value: (one) => side(one, true) || null },
    { id: "school", header: m.forms.disagreements.school, text: true, value: (one) => side(one, false) || null },
  ];
}
