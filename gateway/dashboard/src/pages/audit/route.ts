import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { AREAS, type Area } from "../../api/audit";
import { root } from "../../shell/root";
import type { Page } from "../index";

export interface AuditSearch {
  /** Of which service; the roster's where none is said. */
  of?: Area;
}

export const auditRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/audit",
  validateSearch: (search): AuditSearch => ({ of: AREAS.find((area) => area === search.of) }),
  component: lazyRouteComponent(() => import("./AuditPage"), "AuditPage"),
});

export const page: Page = {
  path: "/app/audit",
  roles: ["auditor", "province_officer", "department_leader"],
  label: (m) => m.audit.nav,
  route: auditRoute,
};
