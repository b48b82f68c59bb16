import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

export interface VerdictsSearch {
  /** Whose verdict, for who may give both; none: the first of hers. */
  gate?: "core_team" | "institution";
  /** `refused`: those who were refused at this gate, to be judged again; none: those who wait. */
  view?: "refused";
  /** A class, by id; none: all of hers. */
  class?: string;
  /** A column; `-` before it for the greatest first. */
  sort?: string;
}

export const verdictsRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/verdicts",
  validateSearch: (given: Record<string, unknown>): VerdictsSearch => ({
    gate: given.gate === "core_team" || given.gate === "institution" ? given.gate : undefined,
    view: given.view === "refused" ? "refused" : undefined,
    class: typeof given.class === "string" ? given.class : undefined,
    sort: typeof given.sort === "string" ? given.sort : undefined,
  }),
  component: lazyRouteComponent(() => import("./VerdictsPage"), "VerdictsPage"),
});

export const page: Page = {
  path: "/app/verdicts",
  roles: ["core_teacher", "institution_lecturer"],
  label: (m) => m.verdicts.nav,
  route: verdictsRoute,
};
