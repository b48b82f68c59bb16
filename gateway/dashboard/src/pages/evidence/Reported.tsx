import type { ReportLine } from "../../api/evidence";
import type { Figure } from "../../api/reports";
import { useSpeech } from "../../messages/language";

/** Where and from when to when the reports count her, and the stages she went through. */
export function Reported({ line }: { line: ReportLine }) {
  const { m, language, moment } = useSpeech();
  const path = (units: readonly { name: string | null }[]) => units.map(({ name }) => name).join(" › ");
  const { then, today } = line.counted_in;
  const holders = m.holders as Record<string, string>;
  const moved = path(then) !== path(today);
  return (
    <section className="card part">
      <h2>{m.evidence.reported}</h2>
      <p className="note">
        {m.evidence.countedIn(path(then))}
        {moved && ` ${m.evidence.countedToday(path(today))}`}
      </p>
      <div className="pair">
        <Table
          caption={m.evidence.figures}
          header={[m.evidence.figure, m.evidence.since, m.evidence.until]}
          rows={spansOf(line).map(({ figure, since, until }) => [m.figures[figure], moment(since), until === null ? m.evidence.still : moment(until)])}
        />
        <Table
          caption={m.evidence.stages}
          header={[m.evidence.stage, m.evidence.since, m.evidence.holder]}
          rows={line.stages.map(({ title, since, holder }) => [title[language], moment(since), holder === null ? "–" : (holders[holder] ?? holder)])}
        />
      </div>
    </section>
  );
}

interface Span {
  figure: Figure;
  since: string;
  until: string | null;
}

/** When each figure began to count her and when it ceased. */
function spansOf(line: ReportLine): Span[] {
  const spans: Span[] = [];
  for (const { figure, at, delta } of line.figures) {
    const open = spans.findLast((one) => one.figure === figure && one.until === null);
    if (delta > 0) spans.push({ figure: figure as Figure, since: at, until: null });
    else if (open !== undefined) open.until = at;
  }
  return spans;
}

function Table({ caption, header, rows }: { caption: string; header: readonly string[]; rows: readonly (readonly string[])[] }) {
  return (
    <div className="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table className="lines">
        <caption>{caption}</caption>
        <thead>
          <tr>
            {header.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.join()}>
              {row.map((cell, place) => (
                <td key={header[place]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
