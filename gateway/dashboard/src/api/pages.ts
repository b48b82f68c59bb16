import { useInfiniteQuery } from "@tanstack/react-query";
import type { ApiFault } from "./client";
import { LIVE_MS } from "./reports";

/** One answer of a list that comes page by page (contracts: `items`, `next`, `total`). */
export interface ListPage<Row> {
  items: Row[];
  next: string | null;
  total: number;
}

interface Asked<Row> {
  key: readonly unknown[];
  page: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage<Row>>;
  enabled?: boolean;
  /** Whether what stands on later pages changes too; else only the first page is asked for again by itself. */
  allMove?: boolean;
}

/** A list, the newest first, page by page; it is asked for again while one looks. */
export function usePages<Row>({ key, page, enabled = true, allMove = false }: Asked<Row>) {
  return useInfiniteQuery<ListPage<Row>, ApiFault, ListPage<Row>[], readonly unknown[], string | undefined>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => page(pageParam, signal),
    initialPageParam: undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    select: (data) => data.pages,
    enabled,
    refetchInterval: ({ state }) =>
      state.error?.status === 401 || (!allMove && (state.data?.pages.length ?? 0) > 1) ? false : LIVE_MS,
  });
}

export type Pages<Row> = ReturnType<typeof usePages<Row>>;
