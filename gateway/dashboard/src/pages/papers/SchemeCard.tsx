import type { Scheme } from "../../api/results";
import { useSpeech } from "../../messages/language";

/** By what a result is made: the parts with their weights, who gives each, and when it is passed. */
export function SchemeCard({ scheme }: { scheme: Scheme }) {
  const { m, number } = useSpeech();
  const words = m.scheme;
  const over = scheme.pass.total_over;
  const scale = number(scheme.scale);
  const given = { diligence: words.automatic, process: words.process[scheme.process.reading](scale), final: words.marked(scale) };
  return (
    <section className="card">
      <h2>{words.title}</h2>
      <p className="note">{words.source(scheme.source.document, scheme.source.article)}</p>
      <div className="scroll" role="region" aria-label={words.title} tabIndex={0}>
        <table className="data">
          <thead>
            <tr>
              <th scope="col">{words.part}</th>
              <th scope="col" className="number">{words.weight}</th>
              <th scope="col">{words.by}</th>
            </tr>
          </thead>
          <tbody>
            {(["diligence", "process", "final"] as const).map((part) => (
              <tr key={part}>
                <th scope="row">{m.scores[part]}</th>
                <td className="number">{number(hundredths(scheme.weights[part]))}%</td>
                <td>{given[part]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        <span className="strong">{over === undefined ? words.atLeast(points(scheme.pass.total_at_least), scale) : words.over(points(over), scale)}</span>
        {scheme.conditions.length > 0 && ` ${words.and(scheme.conditions.map((one) => words.conditions[one]))}`}
      </p>
    </section>
  );

  function points(value: string | undefined): string {
    return value === undefined ? "–" : number(fraction(value));
  }
}

/** An exact fraction ("1/10") or whole number as a number; a scheme has no other. */
function fraction(text: string): number {
  const [numerator, denominator = "1"] = text.split("/");
  return Number(numerator) / Number(denominator);
}

/** A weight in per cent, without the tail that a division leaves ("3/10" is 30, not 30.000000000000004). */
function hundredths(text: string): number {
  return Math.round(fraction(text) * 10_000) / 100;
}
