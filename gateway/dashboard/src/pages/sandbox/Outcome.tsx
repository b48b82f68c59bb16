import { useSpeech } from "../../messages/language";
import type { Messages } from "../../messages/vi";
import type { Exchange } from "./delivery";

/** What the webhook answered, in words and as it came, beside the headers it was asked with. */
export function Outcome({ exchange }: { exchange: Exchange | null }) {
  const { m } = useSpeech();
  return (
    <section className="card prose" aria-live="polite" aria-label={m.sandbox.outcome}>
      <h2>{m.sandbox.outcome}</h2>
      {exchange === null ? (
        <p className="note">{m.sandbox.nothingYet}</p>
      ) : (
        <>
          <p className="strong">{wordsOf(exchange, m)}</p>
          <h3>{m.sandbox.headers}</h3>
          <pre tabIndex={0} role="region" aria-label={m.sandbox.headers}>
            {Object.entries(exchange.headers)
              .map(([name, value]) => `${name}: ${value}`)
              .join("\n")}
          </pre>
          <h3>{m.sandbox.answer(exchange.status)}</h3>
          <pre tabIndex={0} role="region" aria-label={m.sandbox.answer(exchange.status)}>
            {JSON.stringify(exchange.answer, null, 2)}
          </pre>
        </>
      )}
    </section>
  );
}

interface Counts {
  accepted: number;
  duplicates: number;
  parked: number;
  rejected: { id: string | null; reason: string }[];
}

/** The four counts of an answer, or what its status means. */
function wordsOf({ status, answer }: Exchange, m: Messages): string {
  if (status !== 200) return m.sandbox.statuses[status] ?? m.sandbox.otherStatus(status);
  const { accepted, duplicates, parked, rejected } = answer as Counts;
  const said = [
    accepted > 0 && m.sandbox.accepted(accepted),
    parked > 0 && m.sandbox.parked(parked),
    duplicates > 0 && m.sandbox.duplicates(duplicates),
    rejected.length > 0 && m.sandbox.rejected(rejected.length),
  ].filter((part) => part !== false);
  return said.join(" ") || m.sandbox.empty;
}
