import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useLists, type RecognitionList } from "../../api/decisions";
import { rolesOf, useMe } from "../../api/me";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { NewList } from "./NewList";
import { listsRoute, type ListsSearch } from "./route";

const NEWEST_FIRST = "-made_at";

/** Every list within reach, the drafts standing out; and for who makes lists, the learners ready for one. */
export function AllLists() {
  const speech = useSpeech();
  const { m } = speech;
  const search: ListsSearch = listsRoute.useSearch();
  const navigate = useNavigate();
  const roles = rolesOf(useMe().data);
  const lists = useLists();
  const columns = useMemo(() => columnsOf(speech), [speech]);
  useTitle(m.lists.title);
  if (lists.error !== null && lists.data === undefined) return <Fault fault={lists.error} again={() => void lists.refetch()} />;
  if (lists.data === undefined) return <p role="status">{m.loading}</p>;
  const makes = roles.has("province_officer") || roles.has("department_leader");
  return (
    <div className="page">
      <h1>{m.lists.title}</h1>
      {makes && <NewList lists={lists.data} />}
      <section className="card">
        <h2>{m.lists.all}</h2>
        <DataTable
          caption={m.lists.caption}
          columns={columns}
          rows={lists.data}
          rowId={(list) => list.id}
          sort={search.sort ?? NEWEST_FIRST}
          onSort={(sort) => void navigate({ to: listsRoute.to, search: (before: ListsSearch) => ({ ...before, sort: sort === NEWEST_FIRST ? undefined : sort }), replace: true, resetScroll: false })}
          outstanding={(list) => list.state === "draft"}
        />
      </section>
    </div>
  );
}

function columnsOf({ m, number, moment }: Speech): Column<RecognitionList>[] {
  return [
    {
      id: "title",
      header: m.lists.name,
      text: true,
      value: (list) => list.title,
      cell: (list) => (
        <Link to={listsRoute.to} search={{ list: list.id }}>
          {list.title}
        </Link>
      ),
    },
    { id: "state", header: m.lists.state, text: true, value: (list) => m.lists.states[list.state] },
    { id: "rows", header: m.lists.learners, value: (list) => list.rows, cell: (list) => number(list.rows) },
    { id: "made_at", header: m.lists.madeAt, text: true, value: (list) => list.made_at, cell: (list) => moment(list.made_at) },
    { id: "made_by", header: m.lists.madeBy, text: true, value: (list) => list.made_by },
    { id: "approved_at", header: m.lists.approvedAt, text: true, value: (list) => list.approved_at, cell: (list) => moment(list.approved_at) },
    { id: "approved_by", header: m.lists.approvedBy, text: true, value: (list) => list.approved_by },
  ];
}
