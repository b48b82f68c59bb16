import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useMemo, useRef, useState, type ReactNode } from "react";
import type { ApiFault } from "../../api/client";
import { FORMS, adds, fillIn, ofClass, useLearners, type FormNumber, type Learner, type Need, type NewRow } from "../../api/forms";
import { useSpeech } from "../../messages/language";
import { useUnsaved } from "../../parts/useUnsaved";

const NEEDS: readonly Need[] = ["account", "log_in", "registration", "duplicate_account", "correction", "support"];

/** A new row: of a learner within reach, or in forms 2 and 4 of somebody who is in no list. */
export function FillIn({ form }: { form: FormNumber }) {
  const { m } = useSpeech();
  const learners = useLearners(true);
  const [open, setOpen] = useState(false);
  if (!open)
    return (
      <p>
        <button type="button" onClick={() => setOpen(true)}>
          {m.forms.fill.open}
        </button>
      </p>
    );
  if (learners.data === undefined) return <p role="status">{m.loading}</p>;
  return <Sheet form={form} learners={learners.data} close={() => setOpen(false)} />;
}

function Sheet({ form, learners, close }: { form: FormNumber; learners: Learner[]; close: () => void }) {
  const { m } = useSpeech();
  const queries = useQueryClient();
  const [row, setRow] = useState<NewRow>({ need: adds(form) ? "addition" : "account" });
  const [written, setWritten] = useState(false);
  const [klass, setKlass] = useState<string>();
  const key = useRef(crypto.randomUUID());
  const classes = useMemo(() => unique(learners.map((one) => ({ id: one.class.id, label: one.class.code }))), [learners]);
  const units = useMemo(() => unique(learners.map((one) => ({ id: one.unit.id, label: one.unit.name }))), [learners]);
  const chosen = klass ?? classes[0]?.id;
  const people = ofClass(form) ? learners.filter((one) => one.class.id === chosen) : learners;
  const set = (next: Partial<NewRow>) => {
    key.current = crypto.randomUUID();
    setWritten(true);
    setRow((before) => ({ ...before, ...next }));
  };
  const sent = useMutation<unknown, ApiFault>({
    mutationFn: () => fillIn(form, ofClass(form) ? chosen : undefined, whole(row), key.current),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [FORMS] });
      close();
    },
  });
  useUnsaved(written && !sent.isSuccess);
  const text = (name: "name" | "position" | "subject" | "account" | "phone" | "note", required = false) => (
    <Field label={m.forms.fill[name]}>
      {(id) => (
        <input id={id} required={required} maxLength={254} value={row[name] ?? ""} onChange={(event) => set({ [name]: event.target.value })} />
      )}
    </Field>
  );
  return (
    <section className="card">
      <form
        className="fill"
        onSubmit={(event) => {
          event.preventDefault();
          sent.mutate();
        }}
      >
        <h2>{m.forms.fill.title(m.forms.names[form])}</h2>
        {ofClass(form) && classes.length > 1 && (
          <Picked label={m.forms.columns.class} options={classes} chosen={chosen} choose={setKlass} />
        )}
        {adds(form) ? (
          <>
            {text("name", true)}
            <Field label={m.forms.columns.birth}>
              {(id) => <input id={id} type="date" value={row.birth_date ?? ""} onChange={(event) => set({ birth_date: event.target.value })} />}
            </Field>
            <Picked label={m.forms.columns.unit} options={units} chosen={row.unit_id ?? undefined} choose={(unit_id) => set({ unit_id })} />
            {text("position")}
            {text("subject")}
            {text("account")}
            {text("phone")}
          </>
        ) : (
          <>
            <Picked
              label={m.forms.columns.name}
              options={unique(people.map((one) => ({ id: one.person_id, label: `${one.name} · ${one.unit.name}` })))}
              chosen={row.person_id ?? undefined}
              choose={(person_id) => set({ person_id })}
            />
            <Picked
              label={m.forms.columns.need}
              options={NEEDS.map((need) => ({ id: need, label: m.forms.needs[need] }))}
              chosen={row.need}
              choose={(need) => set({ need: need as Need })}
            />
          </>
        )}
        {text("note")}
        {sent.error !== null && <p role="alert">{refusal(sent.error.status, m.forms)}</p>}
        <p className="buttons">
          <button disabled={sent.isPending}>{m.forms.fill.send}</button>
          <button type="button" className="quiet" disabled={sent.isPending} onClick={close}>
            {m.forms.answering.cancel}
          </button>
        </p>
      </form>
    </section>
  );
}

function refusal(status: number, m: { fill: { twice: string; wrong: string }; failed: string }): string {
  return status === 409 ? m.fill.twice : status === 422 ? m.fill.wrong : m.failed;
}

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <p className="field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </p>
  );
}

interface Option {
  id: string;
  label: string;
}

function Picked({ label, options, chosen, choose }: { label: string; options: Option[]; chosen: string | undefined; choose: (id: string) => void }) {
  return (
    <Field label={label}>
      {(id) => (
        <select id={id} required value={chosen ?? ""} onChange={(event) => choose(event.target.value)}>
          {chosen === undefined && <option value="" />}
          {options.map((one) => (
            <option key={one.id} value={one.id}>
              {one.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What was left empty is not said. */
function whole(row: NewRow): NewRow {
  const said = Object.entries(row).map(([name, value]) => [name, typeof value === "string" && value.trim() === "" ? null : value]);
  return Object.fromEntries(said) as NewRow;
}

function unique(options: Option[]): Option[] {
  return [...new Map(options.map((one) => [one.id, one])).values()];
}
