import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

export interface DeliveriesSearch {
  /** A source by its name; none: the reader's first. */
  source?: string;
  /** Only deliveries with an error. */
  faulty?: "true";
}

export const deliveriesRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/deliveries",
  validateSearch: (given: Record<string, unknown>): DeliveriesSearch => ({
    source: typeof given.source === "string" && given.source !== "" ? given.source : undefined,
    faulty: given.faulty === "true" ? "true" : undefined,
  }),
  component: lazyRouteComponent(() => import("./DeliveriesPage"), "DeliveriesPage"),
});

export const page: Page = {
  path: "/app/deliveries",
  roles: ["vendor", "operator"],
  label: (m) => m.deliveries.nav,
  route: deliveriesRoute,
};
