import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Language } from "../messages/language";
import { api, body, type ApiFault } from "./client";
import type { Paper } from "./results";
import type { components } from "./schema";

/** By what a paper is marked here, and marks that were given here (decision 20); OpenAPI does not give these shapes. */

type Both = Record<Language, string>;

/** Something a marker looks at; `most` points at the most, as text. */
export interface Criterion {
  code: string;
  title: Both;
  most: string;
}

/** `assumption`: what the source leaves open, where it does. */
export interface Rubric {
  source: { document: string; annex: string };
  assumption: Both | null;
  criteria: Criterion[];
}

export interface Criteria {
  version: number;
  scale: string;
  essay: Rubric;
  final: Rubric;
}

/** How a mark given here came about. */
export interface Marking {
  criteria_version: number;
  points: { code: string; points: string; most: string }[];
  comment: string | null;
  reason: string | null;
}

export type MarkGiven = components["schemas"]["grading.MarkGiven"];
export type MarkWanted = components["schemas"]["grading.MarkIn"];

/** How long the assessment that follows a mark may take before the lists are asked for again. */
const FOLLOWS_MS = 2_000;

/** Gives a mark, under a key; the paper is off the list at once, whose next answer comes when the result has followed. */
export function useMark(enrolment: string) {
  const queries = useQueryClient();
  return useMutation<MarkGiven, ApiFault, { key: string; mark: MarkWanted }>({
    mutationFn: ({ key, mark }) =>
      body(
        api.POST("/api/v1/results/{enrolment_id}/marks", {
          params: { path: { enrolment_id: enrolment }, header: { "Idempotency-Key": key } },
          body: mark,
        }),
      ),
    onSuccess: async ({ enrolment_id, paper, attempt }) => {
      await queries.cancelQueries({ queryKey: ["papers"] });
      const done = (one: Paper) => one.enrolment_id === enrolment_id && one.paper === paper && one.attempt === attempt;
      queries.setQueryData<Paper[]>(["papers"], (before) => before?.filter((one) => !done(one)));
    },
    onSettled: () => {
      setTimeout(() => {
        for (const name of ["papers", "result", "results"]) void queries.invalidateQueries({ queryKey: [name] });
      }, FOLLOWS_MS);
    },
  });
}
