import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";
import type { Page } from "../index";

export const sandboxRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/sandbox",
  component: lazyRouteComponent(() => import("./SandboxPage"), "SandboxPage"),
});

export const page: Page = {
  path: "/app/sandbox",
  roles: ["vendor", "operator"],
  label: (m) => m.sandbox.nav,
  route: sandboxRoute,
};
