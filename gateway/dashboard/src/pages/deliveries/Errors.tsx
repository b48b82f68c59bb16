import { useMemo, useState } from "react";
import type { Seen } from "../../api/sources";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";

type ErrorKind = Seen["errors"][number];

/** Errors by kind: a reason names a field and never a value, in the words the vendor's program was answered with. */
export function Errors({ errors, vendor }: { errors: Seen["errors"]; vendor: string }) {
  const speech = useSpeech();
  const { m } = speech;
  const [sort, setSort] = useState("-number");
  const columns = useMemo(() => columnsOf(speech), [speech]);
  return (
    <section className="card">
      <h2>{m.deliveries.errors}</h2>
      {errors.length === 0 ? (
        <p className="note">{m.deliveries.noErrors}</p>
      ) : (
        <DataTable
          caption={m.deliveries.errorsOf(vendor)}
          columns={columns}
          rows={errors}
          rowId={(error) => error.reason}
          sort={sort}
          onSort={setSort}
        />
      )}
    </section>
  );
}

function columnsOf({ m, number, instant }: Speech): Column<ErrorKind>[] {
  return [
    {
      id: "reason",
      header: m.deliveries.reason,
      text: true,
      value: (error) => error.reason,
      cell: (error) => <code lang="en">{error.reason}</code>,
    },
    { id: "number", header: m.deliveries.number, value: (error) => error.number, cell: (error) => number(error.number) },
    {
      id: "last_at",
      header: m.deliveries.lastAt,
      value: (error) => Date.parse(error.last_at),
      cell: (error) => instant(new Date(error.last_at)),
    },
  ];
}
