import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, body, type ApiFault } from "./client";
import { LIVE_MS } from "./reports";
import type { components } from "./schema";

/** A core teacher with what waits for a mark from her; `grader` null: classes without one. */
export type Holder = components["schemas"]["grading.GraderWaits"];

/** Who holds how many unmarked papers of a unit's learners now, the most first. */
export function useBoard(unit: string, live: boolean) {
  return useQuery<Holder[], ApiFault>({
    queryKey: ["board", unit],
    queryFn: async ({ signal }) =>
      (await body<components["schemas"]["grading.Board"]>(api.GET("/api/v1/grader-board", { params: { query: { unit } }, signal }))).items,
    enabled: live,
    refetchInterval: ({ state }) => (state.error?.status === 401 ? false : LIVE_MS),
    placeholderData: keepPreviousData,
  });
}

/** The name roster has for a person; her account stands for it until then, and where the reader may not see it. */
export function usePersonName(id: string | undefined) {
  const found = useQuery<{ name: string }, ApiFault>({
    queryKey: ["person", id],
    queryFn: ({ signal }) =>
      body<{ name: string }>(api.GET("/api/v1/people/{person_id}", { params: { path: { person_id: id! } }, signal })),
    enabled: id !== undefined,
    staleTime: Infinity,
  });
  return found.data?.name;
}

/** The board as a workbook. */
export function boardWorkbook(unit: string): string {
  return `/api/v1/grader-board?${new URLSearchParams({ unit, format: "xlsx" })}`;
}
