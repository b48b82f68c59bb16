import type { Coverage, Owner, Stage, StageName } from "../../api/coverage";

/** Who has studied nothing yet, whatever keeps her from it. */
const NOT_STARTED: ReadonlySet<string> = new Set(["no_account", "not_logged_in", "not_begun"]);

export const NOT_STARTED_CAUSE = "not_started";
export const GROUPS = [NOT_STARTED_CAUSE, "owed", "all"] as const;

/** The stages that a cause is about: a group of them, those of a role that must act, or one. Of an unknown word, none. */
export function stagesOf(cause: string, stages: readonly Stage[]): StageName[] {
  return stages.filter((stage) => isAbout(cause, stage)).map((stage) => stage.name);
}

function isAbout(cause: string, { name, owner }: Stage): boolean {
  if (cause === "all") return true;
  if (cause === "owed") return owner !== null;
  if (cause === NOT_STARTED_CAUSE) return NOT_STARTED.has(name);
  return cause === name || cause === owner;
}

/** How many enrolments a cause is about. */
export function countOf(cause: string, { figures, stages }: Pick<Coverage, "figures" | "stages">): number {
  return stagesOf(cause, stages).reduce((sum, name) => sum + figures[name], 0);
}

/** The roles that must act of anything, in the order of stages. */
export function ownersOf(stages: readonly Stage[]): Owner[] {
  return [...new Set(stages.flatMap(({ owner }) => (owner === null ? [] : [owner])))];
}
