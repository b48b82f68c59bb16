import { useSpeech } from "../messages/language";

export interface Refusal {
  enrolment_id: string;
  problem: string | null;
}

/** Rows that were not taken, each with whose it is and why. */
export function Refusals({ rows, nameOf }: { rows: readonly Refusal[]; nameOf: (enrolment: string) => string | undefined }) {
  const { m } = useSpeech();
  return (
    <table className="refusals">
      <caption className="unseen">{m.refusals.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{m.refusals.learner}</th>
          <th scope="col">{m.refusals.reason}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ enrolment_id, problem }) => (
          <tr key={enrolment_id}>
            <th scope="row">{nameOf(enrolment_id) ?? m.refusals.unknown}</th>
            <td>{problemText(problem, m.problems)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The sentence of a problem of grading; one that this page does not know yet is shown as it came. */
export function problemText(problem: string | null, texts: Record<string, string>): string {
  return problem === null ? "" : (texts[problem] ?? problem);
}
