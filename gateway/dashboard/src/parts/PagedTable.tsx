import { useMemo, useState, type ReactNode } from "react";
import type { Pages } from "../api/pages";
import { useSpeech } from "../messages/language";
import { DataTable, type Column } from "./DataTable";
import { Fault } from "./Fault";

interface Props<Row> {
  title: string;
  /** How many of how many are shown. */
  caption: (shown: string, total: string) => string;
  columns: readonly Column<Row>[];
  pages: Pages<Row>;
  rowId: (row: Row) => string;
  sort: string;
  /** What stands beside the title. */
  children?: ReactNode;
}

/** A list that comes page by page: its table, and a button for more. */
export function PagedTable<Row extends object>({ title, caption, columns, pages, rowId, sort: first, children }: Props<Row>) {
  const { m, number } = useSpeech();
  const [sort, setSort] = useState(first);
  const rows = useMemo(() => pages.data?.flatMap((page) => page.items) ?? [], [pages.data]);
  if (pages.error !== null && pages.data === undefined) return <Fault fault={pages.error} again={() => void pages.refetch()} />;
  return (
    <section className="card" aria-busy={pages.data === undefined}>
      <div className="heading">
        <h2>{title}</h2>
        {children}
      </div>
      {pages.data === undefined ? (
        <p role="status">{m.loading}</p>
      ) : (
        <DataTable
          caption={caption(number(rows.length), number(pages.data.at(-1)?.total ?? 0))}
          columns={columns}
          rows={rows}
          rowId={rowId}
          sort={sort}
          onSort={setSort}
        />
      )}
      {pages.hasNextPage && (
        <button type="button" className="quiet more" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {m.table.more}
        </button>
      )}
    </section>
  );
}
