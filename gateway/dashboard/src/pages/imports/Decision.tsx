import type { Import, useConfirm } from "../../api/imports";
import { useSpeech } from "../../messages/language";
import { Running } from "../../parts/Running";

interface Props {
  one: Import;
  confirm: ReturnType<typeof useConfirm>;
  running: boolean;
}

const CONFLICT = 409;

/** Writes all rows, or those without an error; while it goes on the page may be left. */
export function Decision({ one, confirm, running }: Props) {
  const { m, number } = useSpeech();
  const { counts } = one;
  const valid = counts.rows - counts.error;
  return (
    <section className="card prose" aria-label={m.imports.decision}>
      <h2>{m.imports.decision}</h2>
      {running ? (
        <>
          <Running about={m.imports.writing} />
          <p className="note">{m.imports.leave}</p>
        </>
      ) : (
        <>
          <p>{counts.error === 0 ? m.imports.ready : m.imports.someWrong}</p>
          {confirm.error !== null && (
            <p role="alert" className="bad">
              {confirm.error.status === CONFLICT ? m.imports.conflict : m.imports.unanswered}
            </p>
          )}
          <button
            type="button"
            disabled={valid <= 0}
            onClick={() => confirm.mutate(counts.error === 0 ? "all" : "valid_rows")}
          >
            {counts.error === 0 ? m.imports.confirmAll(number(counts.rows)) : m.imports.confirmValid(number(valid))}
          </button>
        </>
      )}
    </section>
  );
}
