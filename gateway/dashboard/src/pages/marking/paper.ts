import type { Evidence, ExplainedResult } from "../../api/explained";
import type { Marking, Rubric } from "../../api/marks";

/** A mark that is there already. */
export interface Standing {
  score: string;
  scale: string;
  grader: string | null;
  at: string;
  /** null: given on the learning platform. */
  marking: Marking | null;
}

/** One paper as it lies before its marker: the newest attempt, and the mark that counts for it so far. */
export interface Paper {
  attempt: number;
  /** null: the platform told of the mark alone. */
  handedInAt: string | null;
  standing: Standing | null;
  rubric: Rubric | null;
}

/** The paper of this name among the inputs of a result; null where none was handed in. */
export function paperOf({ inputs, rule }: ExplainedResult, paper: string): Paper | null {
  const kind = paper === "final" ? "final" : "essay";
  const essay = kind === "final" ? undefined : paper.replace(/^essay:/, "");
  const mine = inputs.filter(({ type, facts }) => type.startsWith(`${kind}.`) && facts?.essay === essay);
  const attempt = Math.max(0, ...mine.map(({ facts }) => Number(facts?.attempt)));
  if (attempt === 0) return null;
  const newest = mine.filter(({ facts }) => facts?.attempt === attempt);
  const handedIn = newest.find(({ type }) => type === `${kind}.submitted`);
  const marks = newest.filter(({ type }) => type === `${kind}.graded`).sort(byTime);
  return {
    attempt,
    handedInAt: handedIn?.at ?? null,
    standing: standingOf(marks.at(-1)),
    rubric: rule.criteria?.[kind] ?? null,
  };
}

function standingOf(mark: Evidence | undefined): Standing | null {
  if (mark?.facts == null) return null;
  const { score, scale, grader, marking } = mark.facts as { score: string; scale: string; grader?: string; marking?: Marking };
  return { score, scale, grader: grader ?? null, at: mark.at, marking: marking ?? null };
}

/** The newest mark of an attempt counts, at one instant that of the greater id (contracts, section 2). */
function byTime(one: Evidence, other: Evidence): number {
  return Date.parse(one.at) - Date.parse(other.at) || (one.event_id < other.event_id ? -1 : 1);
}
