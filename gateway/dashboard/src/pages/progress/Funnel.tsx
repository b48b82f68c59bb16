import { rate } from "../../api/rates";
import type { Figures } from "../../api/reports";
import { useSpeech } from "../../messages/language";
import { STEPS } from "./figures";

/** From the roster to the certificate, step by step: how many, of how many, and how many are still to come. */
export function Funnel({ figures }: { figures: Figures }) {
  const { m, number, percent } = useSpeech();
  return (
    <section className="card">
      <table className="funnel">
        <caption>
          <h2>{m.funnel.title}</h2>
          <p className="note">
            {m.funnel.whole(number(figures.persons), number(figures.enrolments), number(figures.classes))}
          </p>
        </caption>
        <thead>
          <tr>
            <th scope="col">{m.funnel.step}</th>
            <th scope="col" className="number">{m.funnel.reached}</th>
            <th scope="col" className="number">{m.funnel.share}</th>
            <th scope="col" className="number">{m.funnel.left}</th>
          </tr>
        </thead>
        <tbody>
          {STEPS.map(({ figure, of }) => {
            const share = rate(figures[figure], figures[of]).percent;
            return (
              <tr key={figure} data-figure={figure}>
                <th scope="row">
                  {m.figures[figure]}
                  <span className="track" aria-hidden="true">
                    <i style={{ width: `${share ?? 0}%` }} />
                  </span>
                </th>
                <td className="number strong">{number(figures[figure])}</td>
                <td className="number">{percent(share)}</td>
                <td className="number">{number(figures[of] - figures[figure])}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="note">{m.funnel.note}</p>
    </section>
  );
}
