import { useIsMutating, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, type ApiFault } from "./client";
import { usePages } from "./pages";
import { LIVE_MS } from "./reports";
import type { components } from "./schema";

export type ImportItem = components["schemas"]["roster.ImportItem"];
/** A preview, or what was written, with the first messages of its rows. */
export type Import = components["schemas"]["roster.ImportAnswer"];
export type Message = components["schemas"]["roster.ImportMessage"];
type ImportList = components["schemas"]["roster.ImportList"];

/** All rows, or those without an error. */
export type Accept = "all" | "valid_rows";

const IMPORTS = "imports";
const KIND = "personnel";
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PAGE = 20;

export const TEMPLATE = `/api/v1/imports/template?kind=${KIND}`;

/** The workbook as it was sent, with the columns Status and Error. */
export function annotatedOf(id: string): string {
  return `/api/v1/imports/${id}/file`;
}

/** Every import, the newest first, page by page; what is being written now moves by itself. */
export function useImports() {
  return usePages<ImportItem>({
    key: [IMPORTS],
    page: (cursor, signal) => body<ImportList>(api.GET("/api/v1/imports", { params: { query: { limit: PAGE, cursor } }, signal })),
    allMove: true,
  });
}

/** One import, asked again until it is confirmed, by whomever. */
export function useImport(id: string) {
  return useQuery<Import, ApiFault>({
    queryKey: [IMPORTS, id],
    queryFn: ({ signal }) =>
      body<Import>(api.GET("/api/v1/imports/{import_id}", { params: { path: { import_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.error?.status === 401 || state.data?.state === "confirmed" ? false : LIVE_MS),
  });
}

/** Sends a workbook; answers its preview. */
export function useUpload() {
  const queries = useQueryClient();
  return useMutation<Import, ApiFault, File>({
    mutationFn: (file) =>
      body<Import>(
        api.POST("/api/v1/imports", {
          params: { query: { kind: KIND } },
          // The file itself is the body: OpenAPI calls it text.
          body: file as unknown as string,
          bodySerializer: (content) => content,
          headers: { "content-type": XLSX, "x-file-name": encodeURIComponent(file.name) },
        }),
      ),
    onSuccess: (preview) => {
      queries.setQueryData([IMPORTS, preview.id], preview);
      void queries.invalidateQueries({ queryKey: [IMPORTS], exact: true });
    },
  });
}

/** Writes what the preview promised; goes on, and is known here as running, where the page is left meanwhile. */
export function useConfirm(id: string) {
  const queries = useQueryClient();
  const key = [IMPORTS, id, "confirm"];
  const mutation = useMutation<Import, ApiFault, Accept>({
    mutationKey: key,
    mutationFn: (accept) =>
      body<Import>(
        api.POST("/api/v1/imports/{import_id}/confirm", { params: { path: { import_id: id } }, body: { accept } }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: [IMPORTS] }),
  });
  return { ...mutation, running: useIsMutating({ mutationKey: key }) > 0 };
}
