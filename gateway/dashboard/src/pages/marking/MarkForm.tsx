import { useId, useRef, useState, type FormEvent } from "react";
import type { ApiFault } from "../../api/client";
import { useMark, type Criterion, type MarkGiven, type Rubric } from "../../api/marks";
import { useSpeech } from "../../messages/language";
import type { Messages } from "../../messages/vi";
import { PointsField } from "./PointsField";
import type { Paper, Standing } from "./paper";

const LONGEST_COMMENT = 2_000;
const LONGEST_REASON = 500;

interface Props {
  enrolment: string;
  /** "final" or "essay:<name>". */
  name: string;
  paper: Paper;
  rubric: Rubric;
  done: (given: MarkGiven) => void;
  /** How many papers wait after this one. */
  left: number;
}

/** Points by criterion with their sum, a comment, and why, where a mark is changed. */
export function MarkForm({ enrolment, name, paper, rubric, done, left }: Props) {
  const { m, language, number, moment } = useSpeech();
  const { standing } = paper;
  const [points, setPoints] = useState(() => pointsOf(standing));
  const [comment, setComment] = useState(standing?.marking?.comment ?? "");
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const call = useRef({ words: "", key: "" });
  const saving = useMark(enrolment);
  const id = useId();

  const { criteria } = rubric;
  const told = saving.error === null ? [] : (saving.error.problem?.errors ?? []);
  const missing = criteria.filter(({ code }) => (points[code] ?? "") === "");
  const sum = criteria.reduce((total, { code }) => total + (Number(points[code]) || 0), 0);
  const scale = criteria.reduce((total, { most }) => total + Number(most), 0);
  const reasonMissing = standing !== null && reason.trim() === "";
  const reasonFault = (tried && reasonMissing ? m.marking.reasonMissing : null) ?? messageAt(told, "/body/reason");

  /** What is wrong with one field: told at once where the number is out of range, else when one has tried to save. */
  function faultOf({ code, most }: Criterion, place: number): string | null {
    const given = points[code] ?? "";
    if (given === "") return tried ? m.marking.empty : null;
    const value = Number(given);
    if (value < 0 || value > Number(most)) return m.marking.range(number(Number(most)));
    if (Math.round(value * 100) !== Number((value * 100).toFixed(6))) return m.marking.places;
    return messageAt(told, `/body/criteria/${place}/points`) ?? messageAt(told, `/body/criteria/${place}/code`);
  }

  async function save(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    const faulty = criteria.findIndex((one) => (points[one.code] ?? "") === "" || isOut(one, points[one.code]!));
    if (faulty >= 0 || reasonMissing) {
      const fields = form.current?.querySelectorAll<HTMLElement>(faulty >= 0 ? "input" : "textarea[required]");
      fields?.[Math.max(faulty, 0)]?.focus();
      return;
    }
    const mark = {
      paper: name,
      attempt: paper.attempt,
      criteria: criteria.map(({ code }) => ({ code, points: points[code]! })),
      comment: comment.trim() || null,
      reason: standing === null ? null : reason.trim(),
    };
    // With other words it is another call; the same again, after a lost answer, comes under the same key.
    const words = JSON.stringify(mark);
    if (call.current.words !== words) call.current = { words, key: crypto.randomUUID() };
    try {
      done(await saving.mutateAsync({ key: call.current.key, mark }));
    } catch {
      // What went wrong stands in the form.
    }
  }

  return (
    <section className="card">
      <form ref={form} className="mark" noValidate onSubmit={(event) => void save(event)}>
        {standing !== null && (
          <p className="standing-mark">
            {m.marking.standing(`${number(Number(standing.score))}/${number(Number(standing.scale))}`, standing.grader ?? "–", moment(standing.at))}
          </p>
        )}
        <fieldset className="criteria">
          <legend>{m.marking.criteria}</legend>
          <p className="note">{m.marking.source(rubric.source.document, rubric.source.annex)}</p>
          {rubric.assumption !== null && (
            <p className="assumption">
              <b>{m.marking.assumption}</b> {rubric.assumption[language]}
            </p>
          )}
          <ol>
            {criteria.map((one, place) => (
              <PointsField
                key={one.code}
                title={one.title[language]}
                most={one.most}
                value={points[one.code] ?? ""}
                fault={faultOf(one, place)}
                set={(value) => setPoints((before) => ({ ...before, [one.code]: value }))}
              />
            ))}
          </ol>
        </fieldset>
        <p className="sum">
          <span>{m.marking.sum}</span>
          <output aria-live="polite">
            {number(Math.round(sum * 100) / 100)}/{number(scale)}
          </output>
          {missing.length > 0 && <span className="note">{m.marking.left(number(missing.length))}</span>}
        </p>
        <p className="field">
          <label htmlFor={`${id}c`}>{m.marking.comment}</label>
          <textarea id={`${id}c`} rows={3} maxLength={LONGEST_COMMENT} value={comment} onChange={(event) => setComment(event.target.value)} />
        </p>
        {standing !== null && (
          <p className="field">
            <label htmlFor={`${id}r`}>{m.marking.reason}</label>
            <textarea
              id={`${id}r`}
              rows={2}
              required
              maxLength={LONGEST_REASON}
              value={reason}
              aria-invalid={reasonFault !== null}
              aria-describedby={reasonFault === null ? undefined : `${id}f`}
              onChange={(event) => setReason(event.target.value)}
            />
            {reasonFault !== null && (
              <span id={`${id}f`} className="bad">
                {reasonFault}
              </span>
            )}
          </p>
        )}
        {saving.error !== null && (
          <p role="alert" className="refused">
            {refusal(saving.error, m)}
          </p>
        )}
        <p className="buttons">
          <button disabled={saving.isPending}>{saving.isPending ? m.confirm.busy : m.marking.save}</button>
          <span className="note">{left > 0 ? m.marking.then(number(left)) : m.marking.last}</span>
        </p>
      </form>
    </section>
  );
}

/** The points of the mark that is there, to begin with; those of the platform are a sum alone. */
function pointsOf(standing: Standing | null): Record<string, string> {
  return Object.fromEntries(standing?.marking?.points.map(({ code, points }) => [code, points]) ?? []);
}

function isOut({ most }: Criterion, given: string): boolean {
  const value = Number(given);
  return !(value >= 0 && value <= Number(most));
}

function messageAt(errors: readonly { pointer: string; message: string }[], pointer: string): string | null {
  const message = errors.find((one) => one.pointer === pointer)?.message;
  return message === undefined ? null : sentence(message);
}

/** The server's own sentence where it says one, in the page's language; the members at fault say theirs beside them. */
function refusal({ status, problem }: ApiFault, m: Messages): string {
  if (problem?.detail !== undefined) return m.marking.refused(problem.detail);
  if (status === 422) {
    const whole = problem?.errors?.filter(({ pointer }) => !/^\/body\/(criteria\/\d|reason)/.test(pointer)) ?? [];
    return m.marking.refused(whole.map(({ message }) => message).join("; ") || m.marking.lookAbove);
  }
  if (status === 403) return m.confirm.forbidden;
  return status === 404 ? m.confirm.gone : m.confirm.failed;
}

function sentence(words: string): string {
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
