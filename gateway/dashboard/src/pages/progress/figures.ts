import { rate } from "../../api/rates";
import type { Figure, Figures, Node, Rate } from "../../api/reports";

/** The way from the roster to the certificate: each figure with what it is a part of, in the course's order. */
export const STEPS: readonly { figure: Figure; of: "persons" | "enrolments" }[] = [
  { figure: "with_account", of: "persons" },
  { figure: "logged_in", of: "persons" },
  { figure: "studying", of: "enrolments" },
  { figure: "submitted", of: "enrolments" },
  { figure: "graded", of: "enrolments" },
  { figure: "lms_met", of: "enrolments" },
  { figure: "core_team_met", of: "enrolments" },
  { figure: "institution_met", of: "enrolments" },
  { figure: "approved", of: "enrolments" },
  { figure: "certified", of: "enrolments" },
];

/** The levels in the order of schooling. */
export const LEVELS: readonly string[] = ["primary", "lower_secondary", "upper_secondary"];

/** People who have not been on the platform. */
export function notLoggedIn(figures: Figures): number {
  return figures.persons - figures.logged_in;
}

/** The share of people who have not logged in. */
export function absence(figures: Figures): Rate {
  return rate(notLoggedIn(figures), figures.persons);
}

/** Which of two units is worse off: by share, compared exactly, then by heads. */
export function worseOff(one: Node, other: Node): number {
  const a = absence(one.figures);
  const b = absence(other.figures);
  return b.numerator * a.denominator - a.numerator * b.denominator || b.numerator - a.numerator;
}

/** The unit of a kind where the greatest share has not logged in; none where everybody has. */
export function worst(nodes: readonly Node[]): Node | undefined {
  return nodes.filter((node) => notLoggedIn(node.figures) > 0).sort(worseOff)[0];
}

/** The kind that the questions are about: districts where there are any, else what there is most of. */
export function mainKind(nodes: readonly Node[]): string | null {
  if (nodes.some((node) => node.unit.kind === "district")) return "district";
  return nodes[0]?.unit.kind ?? null;
}
