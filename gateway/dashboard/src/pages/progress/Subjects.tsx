import { useMemo, useState } from "react";
import type { Subject, Unit } from "../../api/reports";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { absence, LEVELS, notLoggedIn } from "./figures";
import { Workbook, type WorkbookOf } from "./Workbook";

interface Props {
  subjects: Subject[];
  unit: Unit;
  workbook: WorkbookOf;
}

/** The same figures by course. */
export function Subjects({ subjects, unit, workbook }: Props) {
  const speech = useSpeech();
  const { m } = speech;
  const [sort, setSort] = useState("level");
  const columns = useMemo(() => columnsOf(speech), [speech]);
  return (
    <section className="card">
      <div className="heading">
        <h2>{m.subjects.title}</h2>
        <Workbook {...workbook} unit={unit} about={m.subjects.title} />
      </div>
      <DataTable
        caption={m.subjects.caption(unit.name ?? "")}
        columns={columns}
        rows={subjects}
        rowId={(subject) => subject.offering_id}
        sort={sort}
        onSort={setSort}
      />
    </section>
  );
}

function columnsOf({ m, number, percent }: Speech): Column<Subject>[] {
  const level = (subject: Subject) => m.levels[subject.level as keyof typeof m.levels] ?? subject.level;
  const count = (id: string, header: string, value: (subject: Subject) => number): Column<Subject> => ({
    id,
    header,
    value,
    cell: (subject) => number(value(subject)),
  });
  return [
    {
      id: "subject",
      header: m.subjects.subject,
      text: true,
      value: (subject) => subject.subject,
      cell: (subject) => (
        <>
          {subject.subject} <span className="note">{subject.course}</span>
        </>
      ),
    },
    // In the order of schooling, not of the alphabet.
    { id: "level", header: m.subjects.level, text: true, value: (subject) => LEVELS.indexOf(subject.level), cell: level },
    count("classes", m.figures.classes, (subject) => subject.figures.classes),
    count("persons", m.units.persons, (subject) => subject.figures.persons),
    count("absent", m.units.absent, (subject) => notLoggedIn(subject.figures)),
    {
      id: "absent_share",
      header: m.units.absentShare,
      value: (subject) => (subject.figures.persons > 0 ? notLoggedIn(subject.figures) / subject.figures.persons : null),
      cell: (subject) => percent(absence(subject.figures).percent),
    },
    count("lms_met", m.units.lmsMet, (subject) => subject.figures.lms_met),
    count("certified", m.units.certified, (subject) => subject.figures.certified),
    {
      id: "certified_share",
      header: m.units.certifiedShare,
      value: (subject) => (subject.figures.enrolments > 0 ? subject.figures.certified / subject.figures.enrolments : null),
      cell: (subject) => percent(subject.rates.certified.percent),
    },
  ];
}
