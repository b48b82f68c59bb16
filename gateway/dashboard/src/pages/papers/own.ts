import { classesOf, type Me } from "../../api/me";
import type { Paper } from "../../api/results";

/** The papers of a core teacher's own classes: what else her other roles let her read is not hers to mark. */
export function ownPapers(papers: readonly Paper[] | undefined, me: Me | undefined): Paper[] {
  const classes = classesOf(me);
  return (papers ?? []).filter((paper) => classes.has(paper.class));
}

/** Whether a paper of her classes is to be marked: not her own, and not of a subject studied as secondary or for reference. */
export function isMarked(paper: { person_id: string; kind: string }, me: Me | undefined): boolean {
  return paper.kind === "main" && paper.person_id !== me?.person_id;
}
