import type { Messages } from "../messages/vi";

/** An essay's name as people read it: its number where it ends with one. */
export function essayName(m: Messages, essay: string): string {
  return `${m.essay} ${/(\d+)$/.exec(essay)?.[1] ?? essay}`;
}

/** "final", or "essay:" and the course's own word for it. */
export function paperName(m: Messages, paper: string): string {
  return paper === "final" ? m.final : essayName(m, paper.replace(/^essay:/, ""));
}
