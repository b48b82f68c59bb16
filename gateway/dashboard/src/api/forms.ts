import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, body, every, type ApiFault } from "./client";
import type { components } from "./schema";

/** The four forms (Mẫu số 1 to 4) as roster keeps them. */
export type FormRow = components["schemas"]["roster.FormRowItem"];
export type FormNumber = 1 | 2 | 3 | 4;
export type RowState = "waiting" | "answered";
export type Need = FormRow["need"];
export type Outcome = NonNullable<FormRow["outcome"]>;
export type NewRow = components["schemas"]["roster.FormRowWanted"];
export type Disagreement = components["schemas"]["roster.FormDisagreement"];

type Rows = components["schemas"]["roster.FormRowList"];
type Enrolments = components["schemas"]["roster.EnrolmentList"];
export type Learner = Enrolments["items"][number];

export const FORMS = "forms";
/** As many as the page shows; the workbook has all. */
export const SHOWN = 500;
export const FORM_NUMBERS: readonly FormNumber[] = [1, 2, 3, 4];

/** Forms 1 and 2 are a core teacher's for her class, 3 and 4 a school's. */
export const ofClass = (form: FormNumber) => form <= 2;
/** Forms 2 and 4 name people whom the lists do not have. */
export const adds = (form: FormNumber) => form % 2 === 0;

export function useFormRows(form: FormNumber, state: RowState | undefined) {
  return useQuery<Rows, ApiFault>({
    queryKey: [FORMS, form, state],
    queryFn: ({ signal }) =>
      body<Rows>(api.GET("/api/v1/forms/{form}", { params: { path: { form }, query: { state, limit: SHOWN } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** The form on screen as a workbook, with all its rows. */
export function formWorkbook(form: FormNumber, state: RowState | undefined): string {
  return `/api/v1/forms/${form}?${new URLSearchParams({ ...(state && { state }), format: "xlsx" })}`;
}

export function useDisagreements(asked: boolean) {
  return useQuery<Disagreement[], ApiFault>({
    queryKey: [FORMS, "disagreements"],
    queryFn: async ({ signal }) =>
      (await body<components["schemas"]["roster.FormDisagreements"]>(api.GET("/api/v1/forms/disagreements", { signal }))).items,
    enabled: asked,
  });
}

/** Of whom a form may speak: the learners within reach, in order of names. */
export function useLearners(wanted: boolean) {
  return useQuery<Learner[], ApiFault>({
    queryKey: ["enrolments", "within reach"],
    queryFn: ({ signal }) =>
      every((cursor) => body<Enrolments>(api.GET("/api/v1/enrolments", { params: { query: { limit: SHOWN, cursor } }, signal }))),
    enabled: wanted,
    staleTime: 60_000,
  });
}

/** Throws ApiFault. */
export function fillIn(form: FormNumber, classId: string | undefined, row: NewRow, key: string) {
  return body<unknown>(
    api.POST("/api/v1/forms/{form}/rows", {
      params: { path: { form }, header: { "Idempotency-Key": key } },
      body: { class_id: classId ?? null, rows: [row] },
    }),
  );
}

/** Throws ApiFault. */
export function answerRow(id: string, outcome: Outcome, answer: string, key: string) {
  return body<unknown>(
    api.POST("/api/v1/forms/rows/{row_id}/answer", {
      params: { path: { row_id: id }, header: { "Idempotency-Key": key } },
      body: { outcome, answer },
    }),
  );
}

/** Throws ApiFault. */
export function passUp(id: string, key: string) {
  const params = { path: { row_id: id }, header: { "Idempotency-Key": key } };
  return body<unknown>(api.POST("/api/v1/forms/rows/{row_id}/pass-up", { params }));
}
