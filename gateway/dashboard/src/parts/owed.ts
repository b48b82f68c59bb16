import type { Messages } from "../messages/vi";
import { essayName } from "./essays";

/** What is undone (contracts, section 4: `missing[].what`), as people read it. */
export function owedWork(m: Messages, what: string): string {
  const marked = what.startsWith("mark:");
  const piece = marked ? what.slice("mark:".length) : what;
  const essay = /^essay:(.+)$/.exec(piece)?.[1];
  if (essay !== undefined) return marked ? m.owed.mark(essayName(m, essay)) : m.owed.handIn(essayName(m, essay));
  if (marked) return m.owed.mark(m.final);
  return m.owed.works[what as keyof typeof m.owed.works] ?? what;
}
