import type { AnyRoute } from "@tanstack/react-router";
import type { Role } from "../api/me";
import type { Messages } from "../messages/vi";
import * as allocation from "./allocation/route";
import * as audit from "./audit/route";
import * as deliveries from "./deliveries/route";
import { evidenceRoute } from "./evidence/route";
import * as forms from "./forms/route";
import * as imports from "./imports/route";
import * as lists from "./lists/route";
import { markingRoute } from "./marking/route";
import * as mine from "./mine/route";
import * as papers from "./papers/route";
import * as people from "./people/route";
import * as printing from "./printing/route";
import * as progress from "./progress/route";
import * as sandbox from "./sandbox/route";
import * as verdicts from "./verdicts/route";

/** A page of the dashboard: who has it in the menu, and what it is called there. */
export interface Page {
  path: string;
  roles: readonly Role[];
  /** Whose menu it is not in, whatever else they are. */
  butNot?: readonly Role[];
  label: (m: Messages) => string;
  route: AnyRoute;
}

/** In the menu's order; the first one that the roles of a person allow is their first page. */
export const PAGES: readonly Page[] = [
  progress.page,
  people.page,
  papers.page,
  verdicts.page,
  lists.page,
  printing.page,
  forms.page,
  imports.page,
  allocation.page,
  deliveries.page,
  sandbox.page,
  audit.page,
  mine.page,
];

/** Pages that other pages lead to and no menu names. */
export const INNER: readonly AnyRoute[] = [evidenceRoute, markingRoute];
