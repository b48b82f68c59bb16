import { useState } from "react";
import { useAskPrint, type PrintAim, type Unit } from "../../api/printing";
import type { Class } from "../../api/results";
import { useSpeech } from "../../messages/language";
import { Select } from "../../parts/Select";

const NOTHING_THERE = 404;
const NOT_SO = 422;

/** Chooses a unit or a class and asks for its papers. */
export function AskPrint({ units, classes }: { units: readonly Unit[]; classes: readonly Class[] }) {
  const { m, number } = useSpeech();
  const [chosen, choose] = useState<string>();
  const [key, renew] = useState(() => crypto.randomUUID());
  const ask = useAskPrint();
  const every = [...units, ...classes];
  const aimed = chosen ?? every[0]?.id;
  const refusal = ask.error === null ? undefined : refused(ask.error.status, ask.error.problem?.detail);

  function refused(status: number, detail: string | undefined): string {
    if (status === NOTHING_THERE) return m.printing.nothing;
    return status === NOT_SO && detail !== undefined ? m.printing.refused(detail) : m.printing.unanswered;
  }

  function send(id: string) {
    const aim: PrintAim = classes.some((one) => one.id === id) ? { class_id: id } : { unit_id: id };
    ask.mutate({ aim, key }, { onSuccess: () => renew(crypto.randomUUID()) });
  }

  return (
    <section className="card prose" aria-label={m.printing.ask}>
      <h2>{m.printing.ask}</h2>
      <p className="note">{m.printing.note}</p>
      {aimed !== undefined && (
        <p className="toolbar">
          <Select
            label={m.printing.of}
            chosen={aimed}
            options={[
              { legend: m.printing.units, options: units.map(({ id, name }) => ({ value: id, label: name })) },
              { legend: m.printing.classes, options: classes.map(({ id, code }) => ({ value: id, label: code })) },
            ].filter(({ options }) => options.length > 0)}
            choose={(id) => {
              choose(id);
              renew(crypto.randomUUID());
              ask.reset();
            }}
          />
          <button type="button" disabled={ask.isPending} onClick={() => send(aimed)}>
            {m.printing.act}
          </button>
        </p>
      )}
      {refusal !== undefined && (
        <p role="alert" className="bad">
          {refusal}
        </p>
      )}
      <p role="status">
        {ask.data !== undefined &&
          [m.printing.asked(number(ask.data.papers)), ask.data.undrawn > 0 && m.printing.undrawn(number(ask.data.undrawn))]
            .filter(Boolean)
            .join(" ")}
      </p>
    </section>
  );
}
