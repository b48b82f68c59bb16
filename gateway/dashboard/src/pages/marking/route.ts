import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";

export interface MarkingSearch {
  /** "final" or "essay:<name>". */
  paper?: string;
  /** The class to whose list one comes back, by id; none: all of hers. */
  class?: string;
}

/** A mark that was given just now, told on the page that comes after it. */
export interface JustMarked {
  name: string;
  paper: string;
  score: string;
  scale: string;
}

declare module "@tanstack/react-router" {
  interface HistoryState {
    marked?: JustMarked;
  }
}

/** One paper to be marked; the list of papers leads to it. */
export const markingRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/papers/$enrolment",
  validateSearch: (given: Record<string, unknown>): MarkingSearch => ({
    paper: typeof given.paper === "string" ? given.paper : undefined,
    class: typeof given.class === "string" ? given.class : undefined,
  }),
  component: lazyRouteComponent(() => import("./MarkingPage"), "MarkingPage"),
});
