import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

export const mineRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/mine",
  component: lazyRouteComponent(() => import("./MinePage"), "MinePage"),
});

export const page: Page = {
  path: "/app/mine",
  roles: ["learner"],
  // Whoever logs in may have enrolments of her own; those of these offices have none.
  butNot: ["province_officer", "department_leader", "district_officer", "institution_lecturer", "auditor", "operator", "vendor"],
  label: (m) => m.mine.nav,
  route: mineRoute,
};
