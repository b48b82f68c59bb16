import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { dayIn } from "../../parts/days";
import { root } from "../../shell/root";
import type { Page } from "../index";

/** What the page shows is all in its address. */
export interface PeopleSearch {
  /** Unit, by id; none: the reader's own. */
  unit?: string;
  /** A Vietnamese day (YYYY-MM-DD), as at its end; none: now, live. */
  as_of?: string;
  /** Who is listed: `owed`, `all`, a stage, or a role that must act; none: who has not started. */
  cause?: string;
  /** A class, by id; none: all. */
  class?: string;
  /** A column of the list; `-` before it for the greatest first. */
  sort?: string;
  /** `1`: with whole phone numbers, which is put on record. */
  contacts?: "1";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const peopleRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/people",
  validateSearch: (given: Record<string, unknown>): PeopleSearch => ({
    unit: text(given.unit),
    as_of: dayIn(given.as_of),
    cause: text(given.cause),
    class: text(given.class),
    sort: text(given.sort),
    contacts: given.contacts === "1" ? "1" : undefined,
  }),
  component: lazyRouteComponent(() => import("./PeoplePage"), "PeoplePage"),
});

export const page: Page = {
  path: "/app/people",
  roles: ["school_head", "district_officer", "province_officer", "department_leader", "auditor"],
  label: (m) => m.people.nav,
  route: peopleRoute,
};

/** Down (or up) to a unit; day and cause stay. */
export function toUnit(id: string) {
  return (before: PeopleSearch): PeopleSearch => ({ ...before, unit: id, class: undefined });
}
