import { Link } from "@tanstack/react-router";
import { useSpeech } from "../../messages/language";
import { markingRoute } from "../marking/route";
import type { StudiedLine } from "./studied";

interface Props {
  what: string;
  mark: NonNullable<StudiedLine["mark"]>;
  /** Whether it is the one that counts; the others were changed, or are of an earlier attempt. */
  counts: boolean;
  /** The enrolment, for whom its marks are hers to change. */
  again: string | null;
}

/** A mark; given here also by its points, what was said to the learner, and why it was changed. */
export function MarkLine({ what, mark: { paper, name, marking, rubric }, counts, again }: Props) {
  const { m, language, number } = useSpeech();
  const titles = new Map(rubric?.criteria.map(({ code, title }) => [code, title[language]]));
  return (
    <>
      {what}
      {!counts && <span className="note"> {m.evidence.superseded}</span>}
      {counts && again !== null && (
        <>
          {" "}
          <Link className="screen" to={markingRoute.to} params={{ enrolment: again }} search={{ paper }} aria-label={m.evidence.markAgainOf(name)}>
            {m.evidence.markAgain}
          </Link>
        </>
      )}
      {marking !== null && (
        <ul className="given">
          <li>{m.evidence.markedHere}</li>
          {marking.points.map(({ code, points, most }) => (
            <li key={code}>{m.evidence.points(titles.get(code) ?? code, number(Number(points)), number(Number(most)))}</li>
          ))}
          {marking.comment !== null && <li>{m.evidence.comment(marking.comment)}</li>}
          {marking.reason !== null && <li>{m.evidence.changed(marking.reason)}</li>}
        </ul>
      )}
    </>
  );
}
