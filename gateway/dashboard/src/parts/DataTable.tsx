import {
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type SortingState,
} from "@tanstack/react-table";
import { useId, useMemo, type ReactNode } from "react";
import { useSpeech } from "../messages/language";

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** A column: how a row is compared (`value`; null comes last) and how it is shown. */
export interface Column<Row> {
  id: string;
  header: string;
  /** What the column counts, in a sentence. */
  title?: string;
  value: (row: Row) => number | string | null;
  cell?: (row: Row) => ReactNode;
  /** Text is put in the reader's own order; numbers to the right, the greatest first at the first click. */
  text?: boolean;
}

/** Which rows are chosen, by their ids. */
export interface Selection {
  chosen: ReadonlySet<string>;
  choose: (chosen: Set<string>) => void;
}

interface Props<Row> {
  caption: ReactNode;
  columns: readonly Column<Row>[];
  rows: Row[];
  rowId: (row: Row) => string;
  /** `column` or `-column`; what the address holds. */
  sort: string;
  onSort: (sort: string) => void;
  /** Rows that stay on top whatever the order. */
  pinned?: Row[];
  /** Rows may be chosen; whose a row is, is said to who hears its box alone. */
  selection?: Selection & { label: (row: Row) => string };
  /** Rows that stand out; a column says the same in words. */
  outstanding?: (row: Row) => boolean;
}

/** A table that sorts by its headings and scrolls sideways on a phone, with its first column in sight. */
export function DataTable<Row extends object>(props: Props<Row>) {
  const { caption, columns, rows, rowId, sort, onSort, pinned = [], selection, outstanding } = props;
  const { language, m } = useSpeech();
  const captionId = useId();
  // The table's models are kept as long as these are the same objects.
  const definitions = useMemo(() => definitionsOf(columns, language), [columns, language]);
  const sorting: SortingState = [{ id: sort.replace(/^-/, ""), desc: sort.startsWith("-") }];
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowId,
    state: { sorting },
    enableSortingRemoval: false,
    onSortingChange: (change) => {
      const [first] = typeof change === "function" ? change(sorting) : change;
      if (first !== undefined) onSort(`${first.desc ? "-" : ""}${first.id}`);
    },
  });

  function line(row: Row, id: string, className?: string) {
    return (
      <tr key={id} className={className}>
        {columns.map((column, place) => {
          const shown = column.cell === undefined ? column.value(row) : column.cell(row);
          return place === 0 ? (
            <th key={column.id} scope="row">
              {selection === undefined ? (
                shown
              ) : (
                <label className="choose">
                  <input
                    type="checkbox"
                    aria-label={m.table.choose(selection.label(row))}
                    checked={selection.chosen.has(id)}
                    onChange={() => selection.choose(toggled(selection.chosen, id))}
                  />
                  <span>{shown}</span>
                </label>
              )}
            </th>
          ) : (
            <td key={column.id} className={column.text ? undefined : "number"}>
              {shown}
            </td>
          );
        })}
      </tr>
    );
  }

  return (
    <div className="scroll" role="region" aria-labelledby={captionId} tabIndex={0}>
      <table className="data">
        <caption>
          <span id={captionId}>{caption}</span>
        </caption>
        <thead>
          <tr>
            {table.getHeaderGroups()[0]?.headers.map((header, place) => {
              const column = columns[place]!;
              const order = header.column.getIsSorted();
              return (
                <th
                  key={header.id}
                  scope="col"
                  className={column.text ? undefined : "number"}
                  aria-sort={order === "asc" ? "ascending" : order === "desc" ? "descending" : "none"}
                >
                  <button type="button" title={column.title} onClick={header.column.getToggleSortingHandler()}>
                    {column.header}
                    <span aria-hidden="true" className="order">
                      {order === "asc" ? "▲" : order === "desc" ? "▼" : "↕"}
                    </span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {pinned.map((row) => line(row, `pinned-${rowId(row)}`, "pinned"))}
          {table.getRowModel().rows.map((row) => line(row.original, row.id, outstanding?.(row.original) ? "outstanding" : undefined))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={columns.length}>{m.table.empty}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function toggled(chosen: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

function definitionsOf<Row extends object>(columns: readonly Column<Row>[], language: string) {
  const collator = new Intl.Collator(language);
  return columns.map((column): ColumnDef<typeof features, Row> => ({
    id: column.id,
    accessorFn: (row) => column.value(row) ?? undefined,
    sortUndefined: "last",
    sortDescFirst: !column.text,
    sortFn: (one, other) => compared(column.value(one.original), column.value(other.original), collator),
  }));
}

function compared(a: number | string | null, b: number | string | null, collator: Intl.Collator): number {
  return typeof a === "string" && typeof b === "string" ? collator.compare(a, b) : Number(a) - Number(b);
}

/** Rows in the order in which the table shows them, for what is made of them elsewhere. */
export function inOrder<Row extends object>(rows: readonly Row[], columns: readonly Column<Row>[], sort: string, language: string): Row[] {
  const column = columns.find(({ id }) => id === sort.replace(/^-/, ""));
  if (column === undefined) return [...rows];
  const collator = new Intl.Collator(language);
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [column.value(one), column.value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * compared(a, b, collator);
  });
}
