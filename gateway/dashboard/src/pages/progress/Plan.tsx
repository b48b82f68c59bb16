import { useMemo, useState } from "react";
import { PLAN_WORKBOOK, useOfferings, type Offering } from "../../api/offerings";
import type { Unit } from "../../api/reports";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { LEVELS } from "./figures";
import { Workbook } from "./Workbook";

type What = "learners" | "classes";

/** One course, or all of them together (`offering` null). */
interface Line {
  offering: Offering | null;
  planned: Record<What, number | null>;
  there: Record<What, number>;
}

/** What the plan says of each course beside what there is: the plan is the province's, and speaks of now alone. */
export function Plan({ unit }: { unit: Unit }) {
  const speech = useSpeech();
  const { m } = speech;
  const offerings = useOfferings();
  const [sort, setSort] = useState("level");
  const columns = useMemo(() => columnsOf(speech), [speech]);
  const lines = useMemo(() => offerings.data?.map(lineOf) ?? [], [offerings.data]);
  const whole = useMemo(() => (lines.length > 0 ? [sumOf(lines)] : []), [lines]);
  if (offerings.data === undefined) return null;
  return (
    <section className="card">
      <div className="heading">
        <h2>{m.plan.title}</h2>
        <Workbook address={() => PLAN_WORKBOOK} renew={offerings.refetch} unit={unit} about={m.plan.title} report="plan" />
      </div>
      <DataTable
        caption={m.plan.caption}
        columns={columns}
        rows={lines}
        pinned={whole}
        rowId={(line) => line.offering?.id ?? "all"}
        sort={sort}
        onSort={setSort}
      />
    </section>
  );
}

function lineOf(offering: Offering): Line {
  const { planned, counts } = offering;
  return { offering, planned, there: { learners: counts.enrolments, classes: counts.classes } };
}

/** All courses together; where one is not planned in numbers the whole is not either. */
function sumOf(lines: readonly Line[]): Line {
  const planned = (what: What) =>
    lines.reduce<number | null>((sum, { planned }) => (sum === null || planned[what] === null ? null : sum + planned[what]), 0);
  const there = (what: What) => lines.reduce((sum, { there }) => sum + there[what], 0);
  return {
    offering: null,
    planned: { learners: planned("learners"), classes: planned("classes") },
    there: { learners: there("learners"), classes: there("classes") },
  };
}

function differenceOf(line: Line, what: What): number | null {
  const planned = line.planned[what];
  return planned === null ? null : line.there[what] - planned;
}

function columnsOf({ m, number }: Speech): Column<Line>[] {
  const shown = (value: number | null) => (value === null ? "–" : number(value));
  const signed = (value: number | null) => (value !== null && value > 0 ? `+${number(value)}` : shown(value));
  const compared = (what: What): Column<Line>[] => [
    {
      id: `${what}_planned`,
      header: m.plan[what].planned,
      value: (line) => line.planned[what],
      cell: (line) => shown(line.planned[what]),
    },
    {
      id: `${what}_there`,
      header: m.plan[what].there,
      value: (line) => line.there[what],
      cell: (line) => number(line.there[what]),
    },
    {
      id: `${what}_difference`,
      header: m.plan[what].difference,
      value: (line) => differenceOf(line, what),
      cell: (line) => <span className={differenceOf(line, what) ? "bad strong" : undefined}>{signed(differenceOf(line, what))}</span>,
    },
  ];
  return [
    {
      id: "subject",
      header: m.subjects.subject,
      text: true,
      value: (line) => line.offering?.subject ?? m.plan.whole,
      cell: (line) =>
        line.offering === null ? (
          m.plan.whole
        ) : (
          <>
            {line.offering.subject} <span className="note">{line.offering.course}</span>
          </>
        ),
    },
    // In the order of schooling, not of the alphabet.
    {
      id: "level",
      header: m.subjects.level,
      text: true,
      value: (line) => LEVELS.indexOf(line.offering?.level ?? ""),
      cell: (line) => m.levels[line.offering?.level as keyof typeof m.levels] ?? line.offering?.level ?? "",
    },
    ...compared("learners"),
    ...compared("classes"),
  ];
}
