import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

export const printingRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/printing",
  component: lazyRouteComponent(() => import("./PrintingPage"), "PrintingPage"),
});

export const page: Page = {
  path: "/app/printing",
  roles: ["province_officer", "department_leader", "district_officer", "school_head", "institution_lecturer"],
  label: (m) => m.printing.nav,
  route: printingRoute,
};
