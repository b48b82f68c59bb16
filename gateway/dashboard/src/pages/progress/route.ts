import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

/** What the page shows is all in its address, so that "back", a bookmark and a colleague see the same. */
export interface ProgressSearch {
  /** Unit, by id; none: the reader's own. */
  unit?: string;
}

const route = createRoute({
  getParentRoute: () => root,
  path: "/app/progress",
  validateSearch: (given: Record<string, unknown>): ProgressSearch => ({
    unit: typeof given.unit === "string" ? given.unit : undefined,
  }),
  component: lazyRouteComponent(() => import("./ProgressPage"), "ProgressPage"),
});

export const page: Page = {
  path: "/app/progress",
  roles: ["province_officer", "department_leader", "district_officer", "school_head", "auditor"],
  label: (m) => m.progress.nav,
  route,
};
