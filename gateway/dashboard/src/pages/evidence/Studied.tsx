import type { ExplainedResult } from "../../api/explained";
import { classesOf, useMe } from "../../api/me";
import type { StaffMember } from "../../api/roster";
import { useSpeech } from "../../messages/language";
import { Lines } from "./Lines";
import { MarkLine } from "./MarkLine";
import { counting, studied, type StudiedLine } from "./studied";
import { Who } from "./Who";

interface Props {
  result: ExplainedResult;
  learner: string;
  staff: readonly StaffMember[];
}

/** What the learning platform saw, and what the marks come to by the rule. */
export function Studied({ result, learner, staff }: Props) {
  const { m, number } = useSpeech();
  const by = (one: StudiedLine["by"]) => {
    if (one === null) return learner;
    return "account" in one ? <Who account={one.account} staff={staff} /> : m.evidence.vendor(one.vendor);
  };
  const me = useMe().data;
  const hers = classesOf(me).has(result.class) && result.person_id !== me?.person_id;
  const seen = studied(result, m);
  const counts = counting(seen);
  const lines = seen.map((line) => ({
    ...line,
    what:
      line.mark === undefined ? (
        line.what
      ) : (
        <MarkLine what={line.what} mark={line.mark} counts={counts.has(line.key)} again={hers ? result.enrolment_id : null} />
      ),
    who: by(line.by),
  }));
  return (
    <Lines title={m.evidence.studied} lines={lines}>
      <dl className="facts">
        {(["diligence", "process", "final", "total"] as const).map((name) => (
          <div key={name}>
            <dt>{m.scores[name]}</dt>
            <dd>{result.scores[name] === null ? "–" : number(Number(result.scores[name]))}</dd>
          </div>
        ))}
      </dl>
      <p className="note">
        {m.evidence.rule(result.rule.title, result.rule.source.document, result.rule.source.article)}
        {result.flags.includes("after_window") && ` ${m.evidence.afterWindow}`}
      </p>
    </Lines>
  );
}
