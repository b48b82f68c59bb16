import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, every, type ApiFault } from "./client";
import { usePages } from "./pages";
import type { components } from "./schema";

/** The papers of a class or a unit in one file: asked for, being bound, made. */
export type PrintRun = components["schemas"]["certificates.PrintRunItem"];
type PrintRunList = components["schemas"]["certificates.PrintRunList"];

/** Whose papers: one of the two. */
export type PrintAim = { class_id: string } | { unit_id: string };

export interface Unit {
  id: string;
  name: string;
  kind: string;
}

const RUNS = ["print-runs"];
const PAGE = 20;
const MOST = 500;

/** Every run within reach, the newest first, page by page; one that is being bound moves by itself. */
export function usePrintRuns() {
  return usePages<PrintRun>({
    key: RUNS,
    page: (cursor, signal) =>
      body<PrintRunList>(api.GET("/api/v1/certificates/print", { params: { query: { limit: PAGE, cursor } }, signal })),
    allMove: true,
  });
}

/** Asks for a run; the key makes a second click the same one. */
export function useAskPrint() {
  const queries = useQueryClient();
  return useMutation<PrintRun, ApiFault, { aim: PrintAim; key: string }>({
    mutationFn: ({ aim, key }) =>
      body<PrintRun>(api.POST("/api/v1/certificates/print", { body: aim, headers: { "idempotency-key": key } })),
    onSettled: () => queries.invalidateQueries({ queryKey: RUNS }),
  });
}

/** The file of a run that is made. */
export function fileOf(run: PrintRun): string {
  return `/api/v1/certificates/print/${run.id}.pdf`;
}

/** The units within reach, by code; `wanted`: whether the reader has any. */
export function useUnits(wanted: boolean) {
  return useQuery<Unit[], ApiFault>({
    queryKey: ["units"],
    queryFn: ({ signal }) =>
      every<Unit>((cursor) => body(api.GET("/api/v1/units", { params: { query: { limit: MOST, cursor } }, signal }))),
    enabled: wanted,
    staleTime: 60_000,
  });
}
