import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

export interface ListsSearch {
  /** A list, by id; none: all of them, and what may stand on a new one. */
  list?: string;
  /** Of a list's rows: those that changed, those that stand in the way; none: all. */
  show?: "changed" | "refused";
  /** A course, by code: for which a new list is made. */
  course?: string;
  /** A column; `-` before it for the greatest first. */
  sort?: string;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const listsRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/lists",
  validateSearch: (given: Record<string, unknown>): ListsSearch => ({
    list: text(given.list),
    show: given.show === "changed" || given.show === "refused" ? given.show : undefined,
    course: text(given.course),
    sort: text(given.sort),
  }),
  component: lazyRouteComponent(() => import("./ListsPage"), "ListsPage"),
});

export const page: Page = {
  path: "/app/lists",
  roles: ["province_officer", "department_leader", "auditor", "institution_lecturer"],
  label: (m) => m.lists.nav,
  route: listsRoute,
};
