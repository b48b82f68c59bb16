import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, body, type ApiFault } from "./client";

/** The shapes of reporting's documents (contracts, section 4): `GET /api/v1/reports/{name}` answers several. */

export type UnitKind = "province" | "district" | "school" | (string & {});

export interface Unit {
  id: string;
  code: string | null;
  name: string | null;
  kind: UnitKind | null;
}

export type Figure =
  | "persons" | "enrolments" | "classes" | "with_account" | "logged_in" | "studying" | "submitted" | "graded"
  | "lms_met" | "core_team_met" | "institution_met" | "approved" | "certified" | "missing";

export type Figures = Record<Figure, number>;

export interface Rate {
  numerator: number;
  denominator: number;
  /** Half-up to one place, as text; null where there is nothing to divide by. */
  percent: string | null;
}

export type Rates = Record<"logged_in" | "lms_met" | "certified", Rate>;

export interface Rank {
  logged_in?: number | null;
  certified?: number | null;
  of: number;
}

export interface Node {
  unit: Unit;
  figures: Figures;
  rates: Rates;
  rank: Rank;
}

export interface Subject {
  offering_id: string;
  course: string;
  subject: string;
  level: string;
  audience: string;
  figures: Figures;
  rates: Rates;
}

export interface Progress extends Node {
  as_of: string;
  structure: Structure;
  /** From the province down to the unit above. */
  above: Unit[];
  direct: { figures: Figures };
  children: Node[];
  by_subject: Subject[];
}

/** The end-of-course survey against the plan's target; of fewer than five answers nothing is told (`hidden`). */
export interface Satisfaction {
  rates: { answered: Rate; satisfied: Rate | null };
  /** Over the target; null where nothing was answered or nothing is told. */
  reached: boolean | null;
  hidden: boolean;
  questions: { question: string; title: { vi: string; en: string }; satisfied: Rate }[];
}

export interface Timeline {
  as_of: string;
  from: string | null;
  to: string | null;
  days: { day: string; figures: Figures }[];
}

export type Structure = "then" | "today";

/** How a report is asked for; without `as_of` as of now. */
export interface Asked {
  unit?: string;
  as_of?: string;
  structure?: Structure;
}

/** How often what changes is asked for again. An unchanged report comes from the browser's cache by its ETag. */
export const LIVE_MS = 3_000;

/** A report as it came, with the version of what it says: the same for the same figures, whenever they are asked for. */
export interface Shown<T> {
  document: T;
  version: string | undefined;
}

/**
 * A report. `live`: asked again every few seconds while its tab is in sight and no past day is looked at; `once`: when
 * the page asks for it.
 */
export function useReport<T>(name: string, asked: Asked, how: "live" | "once" = "live"): UseQueryResult<Shown<T>, ApiFault> {
  return useQuery<Shown<T>, ApiFault>({
    queryKey: ["report", name, asked],
    queryFn: async ({ signal }) => {
      const call = api.GET("/api/v1/reports/{name}", { params: { path: { name }, query: asked }, signal });
      const document = await body<T>(call);
      return { document, version: versionIn((await call).response) };
    },
    refetchInterval: ({ state }) =>
      how === "live" && asked.as_of === undefined && state.error?.status !== 401 ? LIVE_MS : false,
    // The figures of the unit or day before stay in place, dimmed, until the next ones are there.
    placeholderData: keepPreviousData,
  });
}

function versionIn(response: Response): string | undefined {
  return /^W\/"([0-9a-f]+)"$/.exec(response.headers.get("etag") ?? "")?.[1];
}

/**
 * The address of a report as a workbook: the same parameters, as of the instant that is on screen; refused (412) where
 * it would say other than the version on screen.
 */
export function workbookOf(name: string, asked: Asked, as_of: string, version: string | undefined): string {
  const given = Object.entries({ ...asked, as_of, version, format: "xlsx" }).filter(([, value]) => value !== undefined);
  return `/api/v1/reports/${encodeURIComponent(name)}?${new URLSearchParams(given as [string, string][])}`;
}
