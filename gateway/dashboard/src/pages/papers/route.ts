import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

export interface PapersSearch {
  /** A class, by id; none: all of hers. */
  class?: string;
  /** A column; `-` before it for the greatest first. */
  sort?: string;
}

export const papersRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/papers",
  validateSearch: (given: Record<string, unknown>): PapersSearch => ({
    class: typeof given.class === "string" ? given.class : undefined,
    sort: typeof given.sort === "string" ? given.sort : undefined,
  }),
  component: lazyRouteComponent(() => import("./PapersPage"), "PapersPage"),
});

export const page: Page = {
  path: "/app/papers",
  roles: ["core_teacher"],
  label: (m) => m.papers.nav,
  route: papersRoute,
};
