import type { Messages } from "../messages/vi";

/** Why the rule said no, as people read it: a total with its exact number, or a condition that was not kept. */
export function reasonOf(m: Messages, reason: string): string {
  const total = /^total:(.+)$/.exec(reason)?.[1];
  if (total !== undefined) return m.reasons.total(total.replace(".", m.decimal));
  return m.reasons.conditions[reason as keyof typeof m.reasons.conditions] ?? reason;
}
