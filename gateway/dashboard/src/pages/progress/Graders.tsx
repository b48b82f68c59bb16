import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { boardWorkbook, type Holder } from "../../api/graders";
import type { Unit } from "../../api/reports";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { Workbook } from "./Workbook";

/** Who holds the papers that wait for a mark, and for how long: as of now alone. */
export function Graders({ board, unit }: { board: UseQueryResult<Holder[]>; unit: Unit }) {
  const speech = useSpeech();
  const { m } = speech;
  const [sort, setSort] = useState("-papers");
  const columns = useMemo(() => columnsOf(speech), [speech]);
  if (board.data === undefined || board.data.length === 0) return null;
  return (
    <section className="card">
      <div className="heading">
        <h2>{m.graders.title}</h2>
        <Workbook address={() => boardWorkbook(unit.id)} renew={board.refetch} unit={unit} about={m.graders.title} report="grader-board" />
      </div>
      <DataTable
        caption={m.graders.caption(unit.name ?? "")}
        columns={columns}
        rows={board.data}
        rowId={(holder) => holder.grader?.person_id ?? "nobody"}
        sort={sort}
        onSort={setSort}
      />
    </section>
  );
}

function columnsOf({ m, number }: Speech): Column<Holder>[] {
  const count = (id: "papers" | "essays" | "finals" | "learners" | "waiting_days"): Column<Holder> => ({
    id,
    header: m.graders[id],
    value: (holder) => holder[id],
    cell: (holder) => number(holder[id]),
  });
  return [
    { id: "grader", header: m.graders.grader, text: true, value: (holder) => holder.grader?.account ?? m.graders.nobody },
    count("papers"),
    count("essays"),
    count("finals"),
    count("learners"),
    count("waiting_days"),
    { id: "classes", header: m.graders.classes, text: true, value: (holder) => holder.classes.map((one) => one.code).join(", ") },
  ];
}
