import { useMemo, useState } from "react";
import type { Message } from "../../api/imports";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";

interface Numbered extends Message {
  /** Its place in the answer: several may be said of one cell. */
  place: number;
}

/** What was found in each row, errors first. */
export function Messages({ messages, total }: { messages: readonly Message[]; total: number }) {
  const speech = useSpeech();
  const { m, number } = speech;
  const [sort, setSort] = useState("severity");
  const columns = useMemo(() => columnsOf(speech), [speech]);
  const rows = useMemo(() => messages.map((message, place) => ({ ...message, place })), [messages]);
  return (
    <section className="card tall">
      <h2>{m.imports.messages}</h2>
      <DataTable
        caption={m.imports.messagesOf(number(messages.length), number(total))}
        columns={columns}
        rows={rows}
        rowId={(message) => String(message.place)}
        sort={sort}
        onSort={setSort}
      />
    </section>
  );
}

const SEVERITIES: readonly Message["severity"][] = ["error", "warning", "note"];

function columnsOf({ m, number }: Speech): Column<Numbered>[] {
  return [
    {
      id: "row",
      header: m.imports.row,
      text: true, // a place, at the left like every first column
      value: (message) => message.row,
      cell: (message) => (message.row === null ? "–" : number(message.row)),
    },
    {
      id: "severity",
      header: m.imports.severity,
      text: true,
      // The worst first, and not by the alphabet.
      value: (message) => SEVERITIES.indexOf(message.severity),
      cell: (message) => <span className={message.severity === "error" ? "bad strong" : undefined}>{m.imports.severities[message.severity]}</span>,
    },
    { id: "column", header: m.imports.column, text: true, value: (message) => message.column, cell: (message) => message.column ?? "–" },
    { id: "text", header: m.imports.text, text: true, value: (message) => message.text },
    { id: "value", header: m.imports.value, text: true, value: (message) => message.value, cell: (message) => message.value ?? "–" },
    { id: "sheet", header: m.imports.sheet, text: true, value: (message) => message.sheet },
  ];
}
