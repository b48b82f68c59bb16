import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useDrafted, type RecognitionList } from "../../api/decisions";
import { useReady, type Result } from "../../api/results";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { Fault } from "../../parts/Fault";
import { SelectAll } from "../../parts/SelectAll";
import { CourseSelect } from "./CourseSelect";
import { MakeList } from "./MakeList";
import { listsRoute, type ListsSearch } from "./route";

/** Who has all three verdicts and stands on no list yet, course by course; chosen, named, made into a list. */
export function NewList({ lists }: { lists: readonly RecognitionList[] }) {
  const speech = useSpeech();
  const { m, number } = speech;
  const search: ListsSearch = listsRoute.useSearch();
  const navigate = useNavigate();
  const ready = useReady(true);
  const drafted = useDrafted(lists);
  const free = useMemo(
    () => (drafted.data === undefined ? undefined : ready.data?.filter((row) => !drafted.data.has(row.enrolment_id))),
    [ready.data, drafted.data],
  );
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const [sort, setSort] = useState("class");
  const [making, make] = useState(false);
  const columns = useMemo(() => columnsOf(speech), [speech]);

  const fault = ready.error ?? drafted.error;
  if (fault !== null && free === undefined) return <Fault fault={fault} again={() => void Promise.all([ready.refetch(), drafted.refetch()])} />;
  if (free === undefined) return <p role="status">{m.loading}</p>;
  const course = free.some((row) => row.course === search.course) ? search.course : free[0]?.course;
  const rows = free.filter((row) => row.course === course);
  const listed = rows.filter((row) => chosen.has(row.enrolment_id));
  const change = (next: string) => {
    choose(new Set());
    void navigate({ to: listsRoute.to, search: (before: ListsSearch) => ({ ...before, course: next }), replace: true, resetScroll: false });
  };
  return (
    <section className="card">
      <div className="heading">
        <h2>{m.lists.ready}</h2>
        {course !== undefined && <CourseSelect rows={free} chosen={course} choose={change} />}
      </div>
      {course === undefined ? (
        <p className="empty">{m.lists.noneReady}</p>
      ) : (
        <>
          <div className="toolbar">
            <SelectAll ids={rows.map((row) => row.enrolment_id)} chosen={chosen} choose={choose} />
            <button type="button" disabled={listed.length === 0} onClick={() => make(true)}>
              {m.lists.make}
            </button>
          </div>
          <DataTable
            caption={m.lists.readyCaption(number(rows.length))}
            columns={columns}
            rows={rows}
            rowId={(row) => row.enrolment_id}
            sort={sort}
            onSort={setSort}
            selection={{ chosen, choose, label: (row) => row.name }}
          />
        </>
      )}
      {making && <MakeList rows={listed} close={() => make(false)} />}
    </section>
  );
}

function columnsOf({ m, score }: Speech): Column<Result>[] {
  return [
    { id: "name", header: m.verdicts.learner, text: true, value: (row) => row.name },
    { id: "total", header: m.scores.total, value: (row) => Number(row.scores.total), cell: (row) => score(row.scores.total) },
    { id: "class", header: m.verdicts.class, text: true, value: (row) => row.class_code },
    { id: "unit", header: m.verdicts.unit, text: true, value: (row) => row.unit_name },
    { id: "core_team", header: m.verdicts.coreTeam, text: true, value: (row) => row.gates.core_team.by ?? "" },
    { id: "institution", header: m.verdicts.institution, text: true, value: (row) => row.gates.institution.by ?? "" },
  ];
}
