import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

export interface ImportsSearch {
  /** An import by its id; none: all of them. */
  id?: string;
}

export const importsRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/imports",
  validateSearch: (given: Record<string, unknown>): ImportsSearch => ({
    id: typeof given.id === "string" && given.id !== "" ? given.id : undefined,
  }),
  component: lazyRouteComponent(() => import("./ImportsPage"), "ImportsPage"),
});

export const page: Page = {
  path: "/app/imports",
  roles: ["province_officer", "department_leader", "auditor"],
  label: (m) => m.imports.nav,
  route: importsRoute,
};
