import { createRoute } from "@tanstack/react-router";
import { root } from "../../shell/root";
import { WelcomePage } from "./WelcomePage";

export const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: WelcomePage,
});
