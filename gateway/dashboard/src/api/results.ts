import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, body, every, type ApiFault } from "./client";
import type { components } from "./schema";

/** Where one learner stands in one course. */
export type Result = components["schemas"]["grading.ResultItem"];
export type Paper = components["schemas"]["grading.PaperItem"];
export type Gate = "core_team" | "institution";
type Page<T> = { items: T[]; next: string | null; total: number };

/** How often a list that one works on is asked for again: it should not change under the hand every few seconds. */
const LIST_MS = 30_000;

/** The most rows of one answer, and so of one round of verdicts. */
export const MOST = 500;

export interface ResultsAsked {
  status?: Result["status"];
  missing?: Gate | "list";
  class?: string;
}

/** Results within reach, the first `MOST` of them. */
export function useResults(asked: ResultsAsked) {
  return useQuery<Page<Result>, ApiFault>({
    queryKey: ["results", asked],
    queryFn: ({ signal }) => body(api.GET("/api/v1/results", { params: { query: { ...asked, limit: MOST } }, signal })),
    refetchInterval: ({ state }) => (state.error?.status === 401 ? false : LIST_MS),
    placeholderData: keepPreviousData,
  });
}

/** All results that only lack the list. */
export function useReady(enabled: boolean) {
  return useQuery<Result[], ApiFault>({
    queryKey: ["results", "ready"],
    queryFn: ({ signal }) =>
      every<Result>((cursor) =>
        body(api.GET("/api/v1/results", { params: { query: { status: "in_verdict", missing: "list", limit: MOST, cursor } }, signal })),
      ),
    enabled,
  });
}

/** The papers that wait for a mark, the longest waiting first: of a core teacher's own classes. */
export function usePapers() {
  return useQuery<Paper[], ApiFault>({
    queryKey: ["papers"],
    queryFn: ({ signal }) =>
      every<Paper>((cursor) => body(api.GET("/api/v1/grader-board/papers", { params: { query: { limit: MOST, cursor } }, signal }))),
    refetchInterval: ({ state }) => (state.error?.status === 401 ? false : LIST_MS),
  });
}

/** The papers as a workbook, of one class or all. */
export function papersWorkbook(klass: string | undefined): string {
  return `/api/v1/grader-board/papers?${new URLSearchParams({ format: "xlsx", ...(klass !== undefined && { class: klass }) })}`;
}

/** A rule set (contracts, section 4): weights as exact fractions ("1/10"), the threshold passed at or only above. */
export interface Scheme {
  id: string;
  version: number;
  title: string;
  source: { document: string; article: string };
  scale: number;
  weights: { diligence: string; process: string; final: string };
  process: { reading: "A" | "B" };
  pass: { total_at_least?: string; total_over?: string };
  conditions: ("survey" | "profile")[];
}

export function useSchemes() {
  return useQuery<Scheme[], ApiFault>({
    queryKey: ["schemes"],
    queryFn: async ({ signal }) => (await body<{ items: Scheme[] }>(api.GET("/api/v1/schemes", { signal }))).items,
    staleTime: Infinity,
  });
}

export interface Class {
  id: string;
  code: string;
}

/** The classes within reach, by code; `wanted`: whether the reader has any. */
export function useClasses(wanted = true) {
  return useQuery<Class[], ApiFault>({
    queryKey: ["classes"],
    queryFn: async ({ signal }) => {
      const found = await every<Class>((cursor) =>
        body(api.GET("/api/v1/classes", { params: { query: { limit: MOST, cursor } }, signal })),
      );
      return found.sort((one, other) => one.code.localeCompare(other.code));
    },
    enabled: wanted,
    staleTime: 60_000,
  });
}
