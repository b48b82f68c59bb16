import { Link } from "@tanstack/react-router";
import type { Coverage } from "../../api/coverage";
import { rate } from "../../api/rates";
import { useSpeech } from "../../messages/language";
import { Answer } from "../../parts/Answer";
import { daysBetween, dayOf, endOf } from "../../parts/days";
import { countOf, NOT_STARTED_CAUSE, ownersOf, stagesOf } from "./causes";
import { peopleRoute, type PeopleSearch } from "./route";
import type { Listed } from "./usePeople";

interface Props {
  shown: Coverage;
  asOf: string | undefined;
  rows: readonly Listed[];
  ready: boolean;
}

/** How many have not started and why, who must act, until when. */
export function Summary({ shown, asOf, rows, ready }: Props) {
  const { m, language, number, percent } = useSpeech();
  const late = countOf(NOT_STARTED_CAUSE, shown);
  const titles = new Map(shown.stages.map((stage) => [stage.name, stage.title[language]]));
  return (
    <div className="answers" role="group" aria-label={m.answers.label}>
      <Answer question={m.people.notStarted} value={number(late)} name="not_started">
        {m.people.notStartedOf(percent(rate(late, shown.figures.enrolments).percent), number(shown.figures.enrolments))}
        {stagesOf(NOT_STARTED_CAUSE, shown.stages).map((name) => (
          <CauseLine key={name} cause={name} label={titles.get(name) ?? name} count={shown.figures[name]} />
        ))}
      </Answer>
      <Answer question={m.people.whoActs} value={number(countOf("owed", shown))} name="owed">
        {m.people.whoActsOf}
        {ownersOf(shown.stages).map((owner) => (
          <CauseLine key={owner} cause={owner} label={m.roles[owner]} count={shown.owners[owner]} />
        ))}
      </Answer>
      <Due rows={rows} ready={ready} at={endOf(asOf)} />
    </div>
  );
}

/** A part of an answer; it leads to its list. */
function CauseLine({ cause, label, count }: { cause: string; label: string; count: number }) {
  const { number } = useSpeech();
  const search = (before: PeopleSearch): PeopleSearch => ({ ...before, cause, class: undefined });
  return (
    <span className="question">
      {count > 0 ? (
        <Link to={peopleRoute.to} search={search}>
          {label}
        </Link>
      ) : (
        label
      )}
      <b>{number(count)}</b>
    </span>
  );
}

const SHOWN = 3;

/** The last days of study of those on the list, the nearest first. */
function Due({ rows, ready, at }: { rows: readonly Listed[]; ready: boolean; at: Date }) {
  const { m, day, number } = useSpeech();
  const counts = new Map<string, number>();
  for (const { who } of rows) if (who !== undefined) counts.set(dayOf(who.closes_at), (counts.get(dayOf(who.closes_at)) ?? 0) + 1);
  const days = [...counts].sort(([one], [other]) => one.localeCompare(other));
  const next = days.find(([last]) => last >= dayOf(at)) ?? days.at(-1);
  return (
    <Answer question={m.people.due} value={next === undefined ? "–" : day(next[0])} name="due">
      {next === undefined ? (ready ? m.people.dueNobody : m.loading) : m.people.left(daysBetween(at, endOf(next[0])), number)}
      {days.slice(0, SHOWN).map(([last, count]) => (
        <span key={last} className="question">
          {m.people.dueOn(day(last))}
          <b>{number(count)}</b>
        </span>
      ))}
    </Answer>
  );
}
