import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ApiFault } from "../../api/client";
import { usePersonName, type Holder } from "../../api/graders";
import type { Asked, Progress } from "../../api/reports";
import { useSpeech } from "../../messages/language";
import { Answer } from "../../parts/Answer";
import { absence, mainKind, notLoggedIn, worst } from "./figures";
import { progressRoute, toUnit } from "./route";
import { Satisfied } from "./Satisfied";

/** What is asked first, answered first. */
export function Answers({ shown, asked, board }: { shown: Progress; asked: Asked; board: UseQueryResult<Holder[], ApiFault> | null }) {
  const { m, number, percent } = useSpeech();
  const { figures, children } = shown;
  const without = figures.persons - figures.with_account;
  const kind = mainKind(children);
  const hardest = worst(children.filter((node) => node.unit.kind === kind));
  return (
    <div className="answers" role="group" aria-label={m.answers.label}>
      <Answer question={m.answers.absent} value={number(notLoggedIn(figures))} name="absent">
        {m.answers.absentOf(percent(absence(figures).percent), number(figures.persons))}
        <br />
        {m.answers.withoutAccount(number(without))}
      </Answer>
      {children.length > 0 && (
        <Answer
          question={m.answers.worst(kind)}
          name="worst"
          value={
            hardest === undefined ? (
              m.answers.nowhere
            ) : (
              <Link to={progressRoute.to} search={toUnit(hardest.unit.id)}>
                {hardest.unit.name}
              </Link>
            )
          }
        >
          {hardest === undefined
            ? m.answers.allIn
            : m.answers.worstOf(
              percent(absence(hardest.figures).percent),
              number(notLoggedIn(hardest.figures)),
              number(hardest.figures.persons),
            )}
        </Answer>
      )}
      <Unmarked board={board} />
      <Satisfied asked={asked} />
    </div>
  );
}

/** Who holds the most papers that wait for a mark; of a past day nobody knows any more. */
function Unmarked({ board }: { board: UseQueryResult<Holder[], ApiFault> | null }) {
  const { m, number } = useSpeech();
  const most = board?.data?.[0];
  const name = usePersonName(most?.grader?.person_id);
  if (board?.error?.status === 403) return null;
  if (board === null || board.data === undefined) {
    return (
      <Answer question={m.answers.unmarked} value="–" name="unmarked">
        {board === null ? m.answers.nowOnly : m.loading}
      </Answer>
    );
  }
  if (most === undefined) {
    return (
      <Answer question={m.answers.unmarked} value={m.answers.nobody} name="unmarked">
        {m.answers.allMarked}
      </Answer>
    );
  }
  return (
    <Answer question={m.answers.unmarked} value={name ?? most.grader?.account ?? m.graders.nobody} name="unmarked">
      {name !== undefined && <span className="how">{most.grader?.account}</span>}
      {m.answers.unmarkedOf(number(most.papers), number(most.waiting_days))}
      <br />
      {m.answers.unmarkedAll(number(board.data.reduce((sum, holder) => sum + holder.papers, 0)), number(board.data.length))}
    </Answer>
  );
}
