import type { UseQueryResult } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { workbookOf, type Asked, type Figure, type Shown, type Timeline, type Unit } from "../../api/reports";
import { useSpeech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { Workbook } from "./Workbook";

const LineChart = lazy(() => import("../../parts/LineChart"));

/** What the chart draws: the great steps; the table has the same. */
const DRAWN: readonly Figure[] = ["logged_in", "studying", "submitted", "lms_met", "certified"];

interface Props {
  course: UseQueryResult<Shown<Timeline>>;
  asOf: string | undefined;
  unit: Unit;
  asked: Asked;
}

type Day = Timeline["days"][number];

/** Progress over the course's days as lines, and as a table for who would rather read. */
export function Trend({ course, asOf, unit, asked }: Props) {
  const { m, number, day } = useSpeech();
  const [open, setOpen] = useState(false);
  const [sort, setSort] = useState("-day");
  const days = course.data?.document.days;
  const latest = useRef(course);
  latest.current = course;
  const series = useMemo(
    () => DRAWN.map((figure) => ({ name: m.figures[figure], values: (days ?? []).map((row) => row.figures[figure]) })),
    [days, m],
  );
  const labels = useMemo(() => (days ?? []).map((row) => day(row.day)), [days, day]);
  const columns = useMemo<Column<Day>[]>(
    () => [
      { id: "day", header: m.trend.day, value: (row) => Date.parse(row.day), cell: (row) => day(row.day) },
      ...DRAWN.map((figure) => ({
        id: figure,
        header: m.figures[figure],
        value: (row: Day) => row.figures[figure],
        cell: (row: Day) => number(row.figures[figure]),
      })),
    ],
    [m, day, number],
  );
  return (
    <section className="card trend">
      <div className="heading">
        <h2>{m.trend.title}</h2>
        <Workbook
          address={() => {
            const { document, version } = latest.current.data!;
            const { as_of: _, ...unitAndStructure } = asked;
            return workbookOf("timeline", unitAndStructure, document.as_of, version);
          }}
          renew={() => course.refetch()}
          unit={unit}
          about={m.trend.title}
          report="timeline"
        />
      </div>
      {days === undefined ? (
        <p role="status">{m.loading}</p>
      ) : days.length < 2 ? (
        <p>{m.trend.none}</p>
      ) : (
        <>
          <Suspense fallback={<div className="chart" aria-busy="true" />}>
            <LineChart label={`${m.trend.title}. ${m.trend.chart}`} labels={labels} series={series} mark={asOf && day(asOf)} write={number} />
          </Suspense>
          <p className="note">{m.trend.note}</p>
          <details onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary>{m.trend.table}</summary>
            {open && (
              <div className="tall">
                <DataTable
                  caption={m.trend.caption(unit.name ?? "")}
                  columns={columns}
                  rows={days}
                  rowId={(row) => row.day}
                  sort={sort}
                  onSort={setSort}
                />
              </div>
            )}
          </details>
        </>
      )}
    </section>
  );
}
