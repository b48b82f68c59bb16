import { useMemo } from "react";
import { useDeliveries, type Delivery } from "../../api/sources";
import { useSpeech, type Speech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import type { Column } from "../../parts/DataTable";
import { PagedTable } from "../../parts/PagedTable";
import type { DeliveriesSearch } from "./route";

interface Props {
  vendor: string;
  faulty: boolean;
  change: (next: Partial<DeliveriesSearch>) => void;
}

/** Delivery by delivery, the newest first, as many as were asked for. */
export function Deliveries({ vendor, faulty, change }: Props) {
  const speech = useSpeech();
  const { m } = speech;
  const columns = useMemo(() => columnsOf(speech), [speech]);
  return (
    <PagedTable
      title={m.deliveries.list}
      caption={m.deliveries.listOf}
      columns={columns}
      pages={useDeliveries(vendor, faulty)}
      rowId={(delivery) => delivery.id}
      sort="-received_at"
    >
      <Choice
        legend={m.deliveries.which}
        name="faulty"
        chosen={String(faulty)}
        options={[
          { value: "false", label: m.deliveries.all },
          { value: "true", label: m.deliveries.faulty },
        ]}
        choose={(value) => change({ faulty: value === "true" ? "true" : undefined })}
      />
    </PagedTable>
  );
}

function columnsOf({ m, number, instant }: Speech): Column<Delivery>[] {
  const count = (id: "accepted" | "duplicates" | "parked"): Column<Delivery> => ({
    id,
    header: m.deliveries.counts[id],
    value: (delivery) => delivery[id],
    cell: (delivery) => number(delivery[id]),
  });
  return [
    {
      id: "received_at",
      header: m.deliveries.receivedAt,
      text: true, // at the left, like every first column
      value: (delivery) => Date.parse(delivery.received_at),
      cell: (delivery) => instant(new Date(delivery.received_at)),
    },
    { id: "webhook_id", header: "webhook-id", text: true, value: (delivery) => delivery.webhook_id, cell: (delivery) => <code>{delivery.webhook_id}</code> },
    count("accepted"),
    count("duplicates"),
    count("parked"),
    {
      id: "rejected",
      header: m.deliveries.counts.rejected,
      value: (delivery) => delivery.rejected.length,
      cell: (delivery) => number(delivery.rejected.length),
    },
    { id: "errors", header: m.deliveries.what, text: true, value: (delivery) => errorsIn(delivery).join("; "), cell: errorCell },
    {
      id: "bytes",
      header: m.deliveries.size,
      value: (delivery) => delivery.bytes,
      cell: (delivery) => number(Math.ceil(delivery.bytes / 1024)),
    },
  ];
}

/** Each reason once, however many events it refused. */
function errorsIn(delivery: Delivery): string[] {
  if (delivery.malformed !== null) return [delivery.malformed];
  return [...new Set(delivery.rejected.map((event) => event.reason))];
}

function errorCell(delivery: Delivery) {
  const errors = errorsIn(delivery);
  return errors.length === 0 ? "–" : <code lang="en">{errors.join("; ")}</code>;
}
