import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, every, type ApiFault } from "./client";
import { MOST, type Gate } from "./results";
import type { components } from "./schema";

/** What persons decide. Each call goes under a key: repeated after a lost answer, it takes effect once (decision 11). */

export type RecognitionList = components["schemas"]["grading.RecognitionListItem"];
export type ListedRow = components["schemas"]["grading.ListedItem"];
export type Judged = components["schemas"]["grading.JudgedItem"];

export interface Verdicts {
  key: string;
  gate: Gate;
  enrolments: readonly string[];
  met: boolean;
  reason?: string;
}

/** The same verdict on several learners; each row is taken or refused by itself. */
export function useVerdicts() {
  return useDecision<Verdicts, Judged[]>(["results"], async ({ key, gate, enrolments, met, reason }) => {
    const verdicts = enrolments.map((enrolment_id) => ({ enrolment_id, met, reason }));
    const call = api.POST("/api/v1/verdicts", { params: { header: { "Idempotency-Key": key } }, body: { gate, verdicts } });
    return (await body<{ items: Judged[] }>(call)).items;
  });
}

/** Makes a recognition list, all or nothing; answers its id. */
export function useMakeList() {
  return useDecision<{ key: string; title: string; enrolments: readonly string[] }, string>(
    ["lists", "results"],
    async ({ key, title, enrolments }) => {
      const call = api.POST("/api/v1/recognition-lists", {
        params: { header: { "Idempotency-Key": key } },
        body: { title, enrolment_ids: [...enrolments] },
      });
      return (await body<{ id: string }>(call)).id;
    },
  );
}

/** Approves a list, all or nothing; answers how many learners have passed by it. */
export function useApproveList() {
  return useDecision<{ key: string; list: string }, number>(["lists", "results"], async ({ key, list }) => {
    const call = api.POST("/api/v1/recognition-lists/{list_id}/approve", {
      params: { path: { list_id: list }, header: { "Idempotency-Key": key } },
    });
    return (await body<{ rows: number }>(call)).rows;
  });
}

/** Whatever it changed is asked for again, also after a refusal: what the page showed was then no longer so. */
function useDecision<Asked, Answer>(changed: readonly string[], decide: (asked: Asked) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation<Answer, ApiFault, Asked>({
    mutationFn: decide,
    onSettled: () => Promise.all(changed.map((name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
}

/** Recognition lists with a learner within reach on them, the newest first. */
export function useLists() {
  return useQuery<RecognitionList[], ApiFault>({
    queryKey: ["lists"],
    queryFn: async ({ signal }) => {
      const found = await every<RecognitionList>((cursor) =>
        body(api.GET("/api/v1/recognition-lists", { params: { query: { limit: MOST, cursor } }, signal })),
      );
      return found.reverse();
    },
  });
}

/** One list and its rows within reach. */
export function useList(list: string) {
  return useQuery<{ list: RecognitionList; rows: ListedRow[] }, ApiFault>({
    queryKey: ["lists", list],
    queryFn: async ({ signal }) => {
      const one = body<RecognitionList>(api.GET("/api/v1/recognition-lists/{list_id}", { params: { path: { list_id: list } }, signal }));
      const rows = rowsOf(list, signal);
      return { list: await one, rows: await rows };
    },
  });
}

/** The learners who stand on a draft already, so that nobody is put on two. */
export function useDrafted(lists: readonly RecognitionList[] | undefined) {
  const drafts = lists?.filter((list) => list.state === "draft").map((list) => list.id);
  return useQuery<Set<string>, ApiFault>({
    queryKey: ["lists", "drafted", drafts],
    queryFn: async ({ signal }) => {
      const rows = await Promise.all(drafts!.map((id) => rowsOf(id, signal)));
      return new Set(rows.flat().map((row) => row.enrolment_id));
    },
    enabled: drafts !== undefined,
    placeholderData: keepPreviousData,
  });
}

function rowsOf(list: string, signal: AbortSignal): Promise<ListedRow[]> {
  return every<ListedRow>((cursor) =>
    body(api.GET("/api/v1/recognition-lists/{list_id}/rows", { params: { path: { list_id: list }, query: { limit: MOST, cursor } }, signal })),
  );
}

/** The rows of a list as a workbook. */
export function listWorkbook(list: string): string {
  return `/api/v1/recognition-lists/${encodeURIComponent(list)}/rows?format=xlsx`;
}
