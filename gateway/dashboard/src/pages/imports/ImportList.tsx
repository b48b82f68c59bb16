import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useImports, type ImportItem } from "../../api/imports";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { Fault } from "../../parts/Fault";
import { importsRoute } from "./route";
import { stateOf } from "./state";

/** What was sent and what became of it, the newest first. */
export function ImportList() {
  const speech = useSpeech();
  const { m, number } = speech;
  const [sort, setSort] = useState("-sent_at");
  const columns = useMemo(() => columnsOf(speech), [speech]);
  const pages = useImports();
  const rows = useMemo(() => pages.data?.flatMap((page) => page.items) ?? [], [pages.data]);
  if (pages.error !== null && pages.data === undefined) return <Fault fault={pages.error} again={() => void pages.refetch()} />;
  if (pages.data === undefined) return <p role="status">{m.loading}</p>;
  return (
    <section className="card">
      <h2>{m.imports.list}</h2>
      <DataTable
        caption={m.imports.listOf(number(rows.length), number(pages.data.at(-1)?.total ?? 0))}
        columns={columns}
        rows={rows}
        rowId={(one) => one.id}
        sort={sort}
        onSort={setSort}
      />
      {pages.hasNextPage && (
        <button type="button" className="quiet more" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {m.table.more}
        </button>
      )}
    </section>
  );
}

function columnsOf({ m, number, moment }: Speech): Column<ImportItem>[] {
  const count = (id: "rows" | "persons_new" | "persons_changed" | "error"): Column<ImportItem> => ({
    id,
    header: m.imports.counts[id],
    value: (one) => one.counts[id],
    cell: (one) => number(one.counts[id]),
  });
  return [
    {
      id: "file",
      header: m.imports.fileName,
      text: true,
      value: (one) => one.file_name ?? one.id,
      cell: (one) => (
        <Link to={importsRoute.to} search={{ id: one.id }}>
          {one.file_name ?? m.imports.unnamed}
        </Link>
      ),
    },
    { id: "state", header: m.imports.state, text: true, value: (one) => m.imports.states[stateOf(one)] },
    count("rows"),
    count("persons_new"),
    count("persons_changed"),
    count("error"),
    {
      id: "sent_at",
      header: m.imports.sentAt,
      value: (one) => Date.parse(one.sent_at),
      cell: (one) => moment(one.sent_at),
    },
    { id: "sent_by", header: m.imports.sentBy, text: true, value: (one) => one.sent_by },
  ];
}
