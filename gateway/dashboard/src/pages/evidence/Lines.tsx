import type { ReactNode } from "react";
import { useSpeech } from "../../messages/language";

/** What happened, when and by whom. `until`: the last instant of several. */
export interface Line {
  key: string;
  at: string | null;
  until?: string;
  what: ReactNode;
  who: ReactNode;
}

/** A part of the evidence: its lines in a table of its own. */
export function Lines({ title, lines, children }: { title: string; lines: readonly Line[]; children?: ReactNode }) {
  const { m, moment } = useSpeech();
  return (
    <section className="card part">
      <h2>{title}</h2>
      {children}
      <div className="scroll" role="region" aria-label={title} tabIndex={0}>
        <table className="lines">
          <caption className="unseen">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{m.evidence.when}</th>
              <th scope="col">{m.evidence.what}</th>
              <th scope="col">{m.evidence.who}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ key, at, until, what, who }) => (
              <tr key={key}>
                <td className="when">{until === undefined || until === at ? moment(at) : `${moment(at)} – ${moment(until)}`}</td>
                <td>{what}</td>
                <td>{who}</td>
              </tr>
            ))}
            {lines.length === 0 && (
              <tr>
                <td colSpan={3}>{m.evidence.nothing}</td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}
