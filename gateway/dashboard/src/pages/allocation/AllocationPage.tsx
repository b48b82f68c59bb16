import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useOfferings, type Offering } from "../../api/offerings";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { OneAllocation } from "./OneAllocation";
import { allocationRoute } from "./route";

/** Courses, and of one of them who would come into which class, before anybody does. */
export function AllocationPage() {
  const speech = useSpeech();
  const { m } = speech;
  const search = allocationRoute.useSearch();
  const offerings = useOfferings();
  const [sort, setSort] = useState("course");
  const columns = useMemo(() => columnsOf(speech), [speech]);
  useTitle(m.allocation.title);
  if (offerings.data === undefined) {
    if (offerings.error === null) return <p role="status">{m.loading}</p>;
    return <Fault fault={offerings.error} again={() => void offerings.refetch()} />;
  }
  const chosen = offerings.data.find((one) => one.id === search.offering);
  if (chosen !== undefined) return <OneAllocation key={chosen.id} offering={chosen} method={search.method ?? "half_up"} />;
  return (
    <div className="page">
      <h1>{m.allocation.title}</h1>
      <section className="card">
        <DataTable
          caption={m.allocation.caption}
          columns={columns}
          rows={offerings.data}
          rowId={(one) => one.id}
          sort={sort}
          onSort={setSort}
        />
      </section>
    </div>
  );
}

function columnsOf({ m, number }: Speech): Column<Offering>[] {
  return [
    {
      id: "course",
      header: m.subjects.subject,
      text: true,
      value: (one) => one.course,
      cell: (one) => (
        <>
          <Link to={allocationRoute.to} search={{ offering: one.id }}>
            {one.subject}
          </Link>{" "}
          <span className="note">{one.course}</span>
        </>
      ),
    },
    { id: "title", header: m.allocation.course, text: true, value: (one) => one.title },
    { id: "enrolments", header: m.figures.enrolments, value: (one) => one.counts.enrolments, cell: (one) => number(one.counts.enrolments) },
    { id: "classes", header: m.figures.classes, value: (one) => one.counts.classes, cell: (one) => number(one.counts.classes) },
    {
      id: "planned",
      header: m.plan.classes.planned,
      value: (one) => one.planned.classes,
      cell: (one) => (one.planned.classes === null ? "–" : number(one.planned.classes)),
    },
  ];
}
