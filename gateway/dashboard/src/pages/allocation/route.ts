import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

export interface AllocationSearch {
  /** An offering by its id; none: all of them. */
  offering?: string;
  /** none: classes of about fifty. */
  method?: "planned";
}

export const allocationRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/allocation",
  validateSearch: (given: Record<string, unknown>): AllocationSearch => ({
    offering: typeof given.offering === "string" && given.offering !== "" ? given.offering : undefined,
    method: given.method === "planned" ? "planned" : undefined,
  }),
  component: lazyRouteComponent(() => import("./AllocationPage"), "AllocationPage"),
});

export const page: Page = {
  path: "/app/allocation",
  roles: ["province_officer", "department_leader"],
  label: (m) => m.allocation.nav,
  route: allocationRoute,
};
