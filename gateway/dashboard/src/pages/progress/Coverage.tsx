import { Link } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import type { Coverage as Document, Owner, Stage } from "../../api/coverage";
import { rate } from "../../api/rates";
import { useReport, workbookOf, type Asked } from "../../api/reports";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { peopleRoute } from "../people/route";
import { progressRoute, toUnit } from "./route";
import { Workbook } from "./Workbook";

type Node = Document["children"][number];

interface Line extends Stage {
  place: number;
  count: number;
  of: number;
  unit: string;
  as_of: string | undefined;
}

/** Where everybody stands, from no account to a certificate, and with whom: each enrolment in exactly one stage. */
export function Coverage({ asked, day }: { asked: Asked; day: string | undefined }) {
  const speech = useSpeech();
  const { m, number } = speech;
  const report = useReport<Document>("coverage", asked);
  const [sort, setSort] = useState("stage");
  const [unitSort, setUnitSort] = useState("-waiting");
  const shown = report.data?.document;
  const lines = useMemo(() => linesOf(shown, day), [shown, day]);
  const columns = useMemo(() => stageColumns(speech), [speech]);
  const unitColumns = useMemo(() => ownerColumns(speech, day), [speech, day]);

  // What the workbook is asked for by is what is on screen at the click, also after a renewal inside of it.
  const latest = useRef(report);
  latest.current = report;
  const address = () => {
    const { document, version } = latest.current.data!;
    return workbookOf("coverage", asked, asked.as_of ?? document.as_of, version);
  };

  if (shown === undefined) return null;
  return (
    <section className="card" aria-busy={report.isPlaceholderData}>
      <div className="heading">
        <h2>{m.coverage.title}</h2>
        <Workbook address={address} renew={report.refetch} unit={shown.unit} about={m.coverage.title} report="coverage" />
      </div>
      <DataTable
        caption={m.coverage.caption(number(shown.figures.enrolments), shown.unit.name ?? "")}
        columns={columns}
        rows={lines}
        rowId={(line) => line.name}
        sort={sort}
        onSort={setSort}
      />
      {shown.children.length > 0 && (
        <DataTable
          caption={m.coverage.unitsCaption(shown.unit.name ?? "")}
          columns={unitColumns}
          rows={shown.children}
          pinned={[shown]}
          rowId={(node) => node.unit.id}
          sort={unitSort}
          onSort={setUnitSort}
        />
      )}
    </section>
  );
}

function linesOf(shown: Document | undefined, day: string | undefined): Line[] {
  if (shown === undefined) return [];
  return shown.stages.map((stage, place) => ({
    ...stage,
    place,
    count: shown.figures[stage.name] ?? 0,
    of: shown.figures.enrolments,
    unit: shown.unit.id,
    as_of: day,
  }));
}

function stageColumns({ m, language, number, percent }: Speech): Column<Line>[] {
  return [
    {
      id: "stage",
      header: m.coverage.stage,
      text: true,
      // In the order of the way, not of the alphabet.
      value: (line) => line.place,
      cell: (line) => line.title[language],
    },
    { id: "holder", header: m.coverage.holder, text: true, value: (line) => holderOf(line, m) },
    {
      id: "count",
      header: m.coverage.count,
      value: (line) => line.count,
      cell: (line) => (line.count === 0 ? number(0) : <Who {...line} cause={line.name} count={line.count} />),
    },
    {
      id: "share",
      header: m.coverage.share,
      value: (line) => (line.of > 0 ? line.count / line.of : null),
      cell: (line) => percent(rate(line.count, line.of).percent),
    },
  ];
}

/** How many, and the way to the list of who they are. */
function Who({ unit, as_of, cause, count }: { unit: string; as_of: string | undefined; cause: string; count: number }) {
  const { number } = useSpeech();
  return (
    <Link to={peopleRoute.to} search={{ unit, as_of, cause }}>
      {number(count)}
    </Link>
  );
}

function holderOf(line: Line, m: Speech["m"]): string {
  return line.holder === null ? m.coverage.nobody : (m.holders[line.holder as keyof typeof m.holders] ?? line.holder);
}

const OWNERS: readonly Owner[] = ["vendor", "school_head", "core_teacher", "institution_lecturer", "province_officer"];

function waiting(node: Node): number {
  return OWNERS.reduce((sum, owner) => sum + node.owners[owner], 0);
}

function ownerColumns({ m, number }: Speech, day: string | undefined): Column<Node>[] {
  return [
    {
      id: "unit",
      header: m.units.unit,
      text: true,
      value: (node) => node.unit.name,
      cell: (node) => (
        <Link to={progressRoute.to} search={toUnit(node.unit.id)}>
          {node.unit.name}
        </Link>
      ),
    },
    {
      id: "enrolments",
      header: m.units.enrolments,
      title: m.units.enrolmentsTitle,
      value: (node) => node.figures.enrolments,
      cell: (node) => number(node.figures.enrolments),
    },
    { id: "waiting", header: m.coverage.waiting, value: waiting, cell: (node) => number(waiting(node)) },
    ...OWNERS.map(
      (owner): Column<Node> => ({
        id: owner,
        header: m.coverage.owners[owner],
        value: (node) => node.owners[owner],
        cell: ({ unit, owners }) =>
          owners[owner] === 0 ? number(0) : <Who unit={unit.id} as_of={day} cause={owner} count={owners[owner]} />,
      }),
    ),
  ];
}
