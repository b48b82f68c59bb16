import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useImports, type ImportItem } from "../../api/imports";
import { useSpeech, type Speech } from "../../messages/language";
import type { Column } from "../../parts/DataTable";
import { PagedTable } from "../../parts/PagedTable";
import { importsRoute } from "./route";
import { stateOf } from "./state";

/** What was sent and what became of it, the newest first. */
export function ImportList() {
  const speech = useSpeech();
  const { m } = speech;
  const columns = useMemo(() => columnsOf(speech), [speech]);
  return (
    <PagedTable
      title={m.imports.list}
      caption={m.imports.listOf}
      columns={columns}
      pages={useImports()}
      rowId={(one) => one.id}
      sort="-sent_at"
    />
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
