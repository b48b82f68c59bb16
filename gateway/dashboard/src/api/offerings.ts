import { useIsMutating, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, every, type ApiFault } from "./client";
import { LIVE_MS } from "./reports";
import type { components } from "./schema";

/** A course with what was planned for it and what there is of it. */
export type Offering = components["schemas"]["roster.OfferingItem"];
type OfferingList = components["schemas"]["roster.OfferingList"];

const OFFERINGS = ["offerings"];
const ALLOCATION = ["allocation"];
const PAGE = 500;
/** Courses and classes are made by hand, now and then. */
const AGAIN_MS = 60_000;

/** Every course of the province, by code. */
export function useOfferings() {
  return useQuery<Offering[], ApiFault>({
    queryKey: OFFERINGS,
    queryFn: ({ signal }) =>
      every((cursor) =>
        body<OfferingList>(api.GET("/api/v1/offerings", { params: { query: { limit: PAGE, cursor } }, signal })),
      ),
    refetchInterval: ({ state }) => (state.error?.status === 401 ? false : AGAIN_MS),
  });
}

/** The plan beside what there is, as a workbook. */
export const PLAN_WORKBOOK = "/api/v1/offerings?format=xlsx";

/** What an allocation would do, or did. */
export type Allocation = components["schemas"]["roster.AllocationAnswer"];
export type Method = Allocation["method"];

/** How many classes, and by which rule. */
export interface AllocationWish {
  offering: string;
  method: Method;
}

function allocate({ offering, method }: AllocationWish, dry_run: boolean, key?: string, signal?: AbortSignal) {
  return body<Allocation>(
    api.POST("/api/v1/offerings/{offering_id}/allocate", {
      params: { path: { offering_id: offering } },
      body: { method, dry_run },
      headers: key === undefined ? undefined : { "idempotency-key": key },
      signal,
    }),
  );
}

/** A dry run: nothing of it is kept. Asked again, so that what was begun elsewhere shows when it is done. */
export function useDryRun(wish: AllocationWish) {
  return useQuery<Allocation, ApiFault>({
    queryKey: [...ALLOCATION, wish],
    queryFn: ({ signal }) => allocate(wish, true, undefined, signal),
    refetchInterval: ({ state }) => (state.error === null ? LIVE_MS : false),
    retry: false,
  });
}

/** Puts the learners into classes; goes on, and is known here as running, where the page is left meanwhile. */
export function useAllocate(offering: string) {
  const queries = useQueryClient();
  const key = [...ALLOCATION, offering, "allocate"];
  const mutation = useMutation<Allocation, ApiFault, AllocationWish>({
    mutationKey: key,
    mutationFn: (wish) => allocate(wish, false, crypto.randomUUID()),
    onSettled: () =>
      Promise.all([queries.invalidateQueries({ queryKey: ALLOCATION }), queries.invalidateQueries({ queryKey: OFFERINGS })]),
  });
  return { ...mutation, running: useIsMutating({ mutationKey: key }) > 0 };
}
