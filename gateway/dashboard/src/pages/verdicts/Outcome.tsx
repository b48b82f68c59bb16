import type { Judged } from "../../api/decisions";
import { useSpeech } from "../../messages/language";
import { Refusals } from "../../parts/Refusals";

/** A round of verdicts and what became of it. */
export interface Given {
  met: boolean;
  judged: readonly Judged[];
  names: ReadonlyMap<string, string>;
}

/** How many were taken, and of each that was refused why. */
export function Outcome({ given, close }: { given: Given; close: () => void }) {
  const { m, number } = useSpeech();
  const refused = given.judged.filter((row) => !row.accepted);
  const taken = given.judged.length - refused.length;
  return (
    <section className={`card outcome${refused.length > 0 ? " partly" : ""}`} role="status">
      <div className="heading">
        <h2>{m.verdicts.taken(given.met ? m.met : m.notMet, number(taken))}</h2>
        <button type="button" className="quiet" onClick={close}>
          {m.close}
        </button>
      </div>
      {refused.length > 0 && (
        <>
          <p>{m.verdicts.refusedRows(number(refused.length))}</p>
          <Refusals rows={refused} nameOf={(enrolment) => given.names.get(enrolment)} />
        </>
      )}
    </section>
  );
}
