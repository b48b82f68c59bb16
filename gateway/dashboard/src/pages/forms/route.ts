import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { FORM_NUMBERS, type FormNumber, type RowState } from "../../api/forms";
import { root } from "../../shell/root";
import type { Page } from "../index";

export interface FormsSearch {
  /** Which of the four; none: the first that the reader's role fills in. */
  form?: FormNumber;
  /** none: all rows. */
  state?: RowState;
  /** A column; `-` before it for the greatest first. */
  sort?: string;
}

export const formsRoute = createRoute({
  getParentRoute: () => root,
  path: "/app/forms",
  validateSearch: (given: Record<string, unknown>): FormsSearch => ({
    form: FORM_NUMBERS.find((form) => String(form) === String(given.form)),
    state: given.state === "waiting" || given.state === "answered" ? given.state : undefined,
    sort: typeof given.sort === "string" && given.sort !== "" ? given.sort : undefined,
  }),
  component: lazyRouteComponent(() => import("./FormsPage"), "FormsPage"),
});

export const page: Page = {
  path: "/app/forms",
  roles: ["school_head", "district_officer", "core_teacher", "province_officer", "department_leader", "auditor"],
  label: (m) => m.forms.nav,
  route: formsRoute,
};
