import { useQuery } from "@tanstack/react-query";
import { api, body, type ApiFault } from "./client";
import { usePages } from "./pages";
import { LIVE_MS } from "./reports";
import type { components } from "./schema";

/** A vendor whose webhooks are the province's, or a sandbox. */
export type Source = components["schemas"]["grading.SourceItem"];
export type Seen = components["schemas"]["grading.VendorSeen"];
export type Delivery = components["schemas"]["grading.DeliveryItem"];
type DeliveryList = components["schemas"]["grading.DeliveryList"];

const PAGE = 50;

/** The sources the reader may see: a vendor's people their own. */
export function useSources() {
  return useQuery<Source[], ApiFault>({
    queryKey: ["sources"],
    queryFn: async ({ signal }) =>
      (await body<components["schemas"]["grading.SourceList"]>(api.GET("/api/v1/sources", { signal }))).items,
    staleTime: 60_000,
  });
}

/** When a source was last seen, what became of its events, its errors by kind; asked again while one looks. */
export function useSeen(vendor: string | undefined) {
  return useQuery<Seen, ApiFault>({
    queryKey: ["source", vendor],
    queryFn: ({ signal }) =>
      body<Seen>(api.GET("/api/v1/sources/{vendor}", { params: { path: { vendor: vendor! } }, signal })),
    enabled: vendor !== undefined,
    refetchInterval: ({ state }) => (state.error?.status === 401 ? false : LIVE_MS),
  });
}

/** Its deliveries, the newest first, page by page; only the first page is asked for again by itself. */
export function useDeliveries(vendor: string | undefined, faulty: boolean) {
  return usePages<Delivery>({
    key: ["source", vendor, "deliveries", faulty],
    page: (cursor, signal) =>
      body<DeliveryList>(
        api.GET("/api/v1/sources/{vendor}/deliveries", {
          params: { path: { vendor: vendor! }, query: { faulty, limit: PAGE, cursor } },
          signal,
        }),
      ),
    enabled: vendor !== undefined,
  });
}
