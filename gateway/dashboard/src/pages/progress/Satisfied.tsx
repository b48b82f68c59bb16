import { useReport, type Asked, type Satisfaction } from "../../api/reports";
import { useSpeech } from "../../messages/language";
import { Answer } from "../../parts/Answer";

/** Over three quarters, strictly (the plan: "trên 75%")? Of fewer than five answers nothing is told. */
export function Satisfied({ asked }: { asked: Asked }) {
  const { m, language, number, percent } = useSpeech();
  const report = useReport<Satisfaction>("satisfaction", asked);
  const shown = report.data?.document;
  if (shown === undefined) {
    return <Answer question={m.answers.satisfied} value="–" name="satisfied">{m.loading}</Answer>;
  }
  const { satisfied, answered } = shown.rates;
  const told = shown.hidden
    ? m.answers.tooFew
    : shown.reached === null
      ? m.answers.noSurvey
      : shown.reached
        ? m.answers.over
        : m.answers.under;
  return (
    <Answer question={m.answers.satisfied} value={percent(satisfied?.percent)} name="satisfied" good={shown.reached === true}>
      {told}
      {satisfied !== null && (
        <>
          <br />
          {m.answers.surveys(number(satisfied.numerator), number(satisfied.denominator), percent(answered.percent))}
        </>
      )}
      {shown.reached !== null && <span className="how">{m.answers.howSatisfied}</span>}
      {shown.reached !== null &&
        shown.questions.map((one) => (
          <span className="question" key={one.question}>
            {one.title[language]} <b>{percent(one.satisfied.percent)}</b>
          </span>
        ))}
    </Answer>
  );
}
