import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { FORM_NUMBERS, SHOWN, formWorkbook, useFormRows, type FormNumber, type FormRow } from "../../api/forms";
import { useMe } from "../../api/me";
import { useSpeech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import { DataTable } from "../../parts/DataTable";
import { Download } from "../../parts/Download";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { Answering } from "./Answering";
import { useColumns } from "./columns";
import { Disagreements } from "./Disagreements";
import { FillIn } from "./FillIn";
import { mayOf } from "./may";
import { formsRoute, type FormsSearch } from "./route";

/** One of the four forms as a live list: who asked for what for whom, with whom it waits, what was answered. */
export function FormsPage() {
  const { m, number } = useSpeech();
  const search: FormsSearch = formsRoute.useSearch();
  const navigate = useNavigate();
  const me = useMe().data;
  const may = useMemo(() => mayOf(me), [me]);
  const form = search.form ?? may.first;
  const rows = useFormRows(form, search.state);
  const [answered, setAnswered] = useState<FormRow | null>(null);
  const columns = useColumns(form, may, setAnswered);
  useTitle(m.forms.title);
  const change = (next: Partial<FormsSearch>) =>
    void navigate({ to: formsRoute.to, search: (before: FormsSearch) => ({ ...before, ...next }), resetScroll: false });

  if (rows.error !== null && rows.data === undefined) return <Fault fault={rows.error} again={() => void rows.refetch()} />;
  return (
    <div className="page">
      <h1>{m.forms.title}</h1>
      <p className="note">{m.forms.about}</p>
      <div className="heading">
        <Choice
          legend={m.forms.which}
          name="form"
          chosen={String(form)}
          options={FORM_NUMBERS.map((one) => ({ value: String(one), label: m.forms.names[one] }))}
          choose={(value) => change({ form: Number(value) as FormNumber })}
        />
        <Choice
          legend={m.forms.state}
          name="state"
          chosen={search.state ?? "all"}
          options={(["all", "waiting", "answered"] as const).map((value) => ({ value, label: m.forms.states[value] }))}
          choose={(value) => change({ state: value === "all" ? undefined : (value as FormsSearch["state"]) })}
        />
      </div>
      {may.fillIn(form) && <FillIn key={form} form={form} />}
      {answered !== null && <Answering key={answered.id} row={answered} may={may} close={() => setAnswered(null)} />}
      <section className="card">
        <div className="heading">
          <h2>{m.forms.names[form]}</h2>
          <Download address={() => formWorkbook(form, search.state)} renew={rows.refetch} file={`mau-so-${form}.xlsx`} about={m.forms.names[form]} />
        </div>
        <p className="note">{m.forms.explained[form]}</p>
        {rows.data === undefined ? (
          <p role="status">{m.loading}</p>
        ) : (
          <DataTable
            caption={m.forms.caption(number(rows.data.total))}
            columns={columns}
            rows={rows.data.items}
            rowId={(row) => row.id}
            sort={search.sort ?? "-days"}
            onSort={(sort) => change({ sort })}
          />
        )}
        {(rows.data?.total ?? 0) > SHOWN && <p className="note">{m.forms.more(number(SHOWN))}</p>}
      </section>
      <Disagreements />
    </div>
  );
}
