import { useMemo } from "react";
import { fileOf, usePrintRuns, type PrintRun } from "../../api/printing";
import { useSpeech, type Speech } from "../../messages/language";
import type { Column } from "../../parts/DataTable";
import { PagedTable } from "../../parts/PagedTable";

/** What was asked for and how far it is, the newest first. */
export function PrintRuns({ names }: { names: ReadonlyMap<string, string> }) {
  const speech = useSpeech();
  const { m } = speech;
  const columns = useMemo(() => columnsOf(speech, names), [speech, names]);
  return (
    <PagedTable
      title={m.printing.list}
      caption={m.printing.listOf}
      columns={columns}
      pages={usePrintRuns()}
      rowId={(run) => run.id}
      sort="-asked_at"
    />
  );
}

function columnsOf(speech: Speech, names: ReadonlyMap<string, string>): Column<PrintRun>[] {
  const { m, number, moment } = speech;
  const of = (run: PrintRun) => names.get(run.unit_id ?? run.class_id ?? "") ?? m.printing.unnamed;
  return [
    { id: "of", header: m.printing.of, text: true, value: of },
    {
      id: "state",
      header: m.printing.state,
      text: true,
      value: (run) => m.printing.states[run.state],
      cell: (run) => <State run={run} about={of(run)} speech={speech} />,
    },
    { id: "papers", header: m.printing.papers, value: (run) => run.papers, cell: (run) => number(run.papers) },
    { id: "left_out", header: m.printing.leftOut, title: m.printing.leftOutNote, value: (run) => run.left_out, cell: (run) => number(run.left_out) },
    { id: "undrawn", header: m.printing.notDrawn, title: m.printing.notDrawnNote, value: (run) => run.undrawn, cell: (run) => number(run.undrawn) },
    { id: "asked_at", header: m.printing.askedAt, value: (run) => Date.parse(run.asked_at), cell: (run) => moment(run.asked_at) },
    { id: "asked_by", header: m.printing.askedBy, text: true, value: (run) => run.asked_by },
  ];
}

/** How many papers are bound, or where the file is. */
function State({ run, about, speech }: { run: PrintRun; about: string; speech: Speech }) {
  const { m, number } = speech;
  if (run.state === "made") {
    return (
      <a href={fileOf(run)} download={`giay-chung-nhan-${run.id}.pdf`}>
        {m.printing.download}
        <span className="unseen"> {about}</span>
      </a>
    );
  }
  if (run.state === "empty") return <span className="bad">{m.printing.states.empty}</span>;
  return (
    <span className="running">
      <progress aria-label={m.printing.binding(about)} value={run.bound + run.left_out} max={run.papers} />
      <span>{m.printing.progress(m.printing.states[run.state], number(run.bound), number(run.papers))}</span>
    </span>
  );
}
