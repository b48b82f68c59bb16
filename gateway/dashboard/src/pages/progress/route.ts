import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Structure } from "../../api/reports";
import { dayIn } from "../../parts/days";
import { root } from "../../shell/root";
import type { Page } from "../index";

/** What the page shows is all in its address, so that "back", a bookmark and a colleague see the same. */
export interface ProgressSearch {
  /** Unit, by id; none: the reader's own. */
  unit?: string;
  /** A Vietnamese day (YYYY-MM-DD), as at its end; none: now, live. */
  as_of?: string;
  /** none: units as they were at the enrolment. */
  structure?: "today";
  /** Which of the units below are listed: a kind, or `all`; none: the kind the page is about. */
  kind?: string;
  /** A column of the table of units; `-` before it for the greatest first. */
  sort?: string;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const progressRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/progress",
  validateSearch: (given: Record<string, unknown>): ProgressSearch => ({
    unit: text(given.unit),
    as_of: dayIn(given.as_of),
    structure: given.structure === "today" ? "today" : undefined,
    kind: text(given.kind),
    sort: text(given.sort),
  }),
  component: lazyRouteComponent(() => import("./ProgressPage"), "ProgressPage"),
});

export const page: Page = {
  path: "/app/progress",
  roles: ["province_officer", "department_leader", "district_officer", "school_head", "auditor"],
  label: (m) => m.progress.nav,
  route: progressRoute,
};

/** Down (or up) to a unit; day and structure stay. */
export function toUnit(id: string) {
  return (before: ProgressSearch): ProgressSearch => ({ ...before, unit: id, kind: undefined });
}

/** The structure as reports name it. */
export function structureOf(search: ProgressSearch): Structure {
  return search.structure ?? "then";
}
