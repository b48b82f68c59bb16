import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../shell/root";

/** One learner's evidence; lists lead to it, no menu does. */
export const evidenceRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/evidence/$enrolment",
  component: lazyRouteComponent(() => import("./EvidencePage"), "EvidencePage"),
});
