import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { FORMS, answerRow, passUp, type FormRow, type Outcome } from "../../api/forms";
import type { ApiFault } from "../../api/client";
import { useSpeech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import { useUnsaved } from "../../parts/useUnsaved";
import type { May } from "./may";

/** One row's answer, or its way up to the Sở; no row ends without words for whoever raised it. */
export function Answering({ row, may, close }: { row: FormRow; may: May; close: () => void }) {
  const { m } = useSpeech();
  const queries = useQueryClient();
  const [outcome, setOutcome] = useState<Outcome>("done");
  const [text, setText] = useState("");
  const key = useRef(crypto.randomUUID());
  const place = useRef<HTMLHeadingElement>(null);
  const field = useId();
  useEffect(() => place.current?.focus(), []);
  const decision = useMutation<unknown, ApiFault, "answer" | "up">({
    mutationFn: (what) => (what === "up" ? passUp(row.id, `${key.current}-up`) : answerRow(row.id, outcome, text.trim(), key.current)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [FORMS] });
      close();
    },
  });
  useUnsaved(text !== "" && !decision.isSuccess);
  return (
    <section className="card">
      <form
        className="prose"
        onSubmit={(event) => {
          event.preventDefault();
          decision.mutate("answer");
        }}
      >
        <h2 ref={place} tabIndex={-1}>
          {m.forms.answering.title(row.name ?? "")}
        </h2>
        <p>
          {m.forms.needs[row.need]}
          {row.note && `: ${row.note}`}
        </p>
        <Choice
          legend={m.forms.columns.answer}
          name="outcome"
          chosen={outcome}
          options={(["done", "refused"] as const).map((value) => ({ value, label: m.forms.outcomes[value] }))}
          choose={(value) => {
            setOutcome(value as Outcome);
            key.current = crypto.randomUUID();
          }}
        />
        <p className="field">
          <label htmlFor={field}>{m.forms.answering.words}</label>
          <textarea
            id={field}
            required
            maxLength={300}
            rows={2}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              key.current = crypto.randomUUID();
            }}
          />
        </p>
        {decision.error !== null && <p role="alert">{decision.error.status === 409 ? m.forms.answering.gone : m.forms.failed}</p>}
        <p className="buttons">
          <button disabled={decision.isPending || text.trim() === ""}>{m.forms.answering.send}</button>
          {may.passUp(row) && (
            <button type="button" className="quiet" disabled={decision.isPending} onClick={() => decision.mutate("up")}>
              {m.forms.answering.up}
            </button>
          )}
          <button type="button" className="quiet" disabled={decision.isPending} onClick={close}>
            {m.forms.answering.cancel}
          </button>
        </p>
      </form>
    </section>
  );
}
