import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { listWorkbook, useList, type ListedRow, type RecognitionList } from "../../api/decisions";
import { rolesOf, useMe } from "../../api/me";
import { useSpeech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import { DataTable } from "../../parts/DataTable";
import { Download } from "../../parts/Download";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { Approve } from "./Approve";
import { columnsOf } from "./columns";
import { MakeList } from "./MakeList";
import { listsRoute, type ListsSearch } from "./route";

const TROUBLE_FIRST = "-changes";
const KEEPS: Record<NonNullable<ListsSearch["show"]>, (row: ListedRow) => boolean> = {
  changed: (row) => row.changes.length > 0,
  refused: (row) => row.problem !== null,
};

/** One list: who stands on it, what is different since, what stands in the way; and its approval. */
export function OneList({ id }: { id: string }) {
  const speech = useSpeech();
  const { m, number } = speech;
  const search: ListsSearch = listsRoute.useSearch();
  const navigate = useNavigate();
  const found = useList(id);
  const rows = useMemo(
    () => (found.data?.rows ?? []).filter((row) => search.show === undefined || KEEPS[search.show](row)),
    [found.data, search.show],
  );
  const draft = found.data?.list.state === "draft";
  const columns = useMemo(() => columnsOf(speech, draft), [speech, draft]);
  useTitle(found.data?.list.title ?? m.lists.title);
  const change = (next: ListsSearch) =>
    void navigate({ to: listsRoute.to, search: (before: ListsSearch) => ({ ...before, ...next }), replace: true, resetScroll: false });

  if (found.error !== null && found.data === undefined) return <Fault fault={found.error} hidden={m.lists.hidden} again={() => void found.refetch()} />;
  if (found.data === undefined) return <p role="status">{m.loading}</p>;
  const { list, rows: all } = found.data;
  const count = (show: NonNullable<ListsSearch["show"]>) => all.filter(KEEPS[show]).length;
  return (
    <div className="page">
      <p>
        <Link to={listsRoute.to} search={{}}>
          ← {m.lists.all}
        </Link>
      </p>
      <h1>{list.title}</h1>
      <Standing list={list} rows={all} />
      <section className="card">
        <div className="heading">
          <h2>{m.lists.rows}</h2>
          <Choice
            legend={m.lists.show}
            name="show"
            chosen={search.show ?? "all"}
            options={[
              { value: "all", label: m.lists.showAll(number(all.length)) },
              { value: "changed", label: m.lists.showChanged(number(count("changed"))) },
              ...(draft ? [{ value: "refused", label: m.lists.showRefused(number(count("refused"))) }] : []),
            ]}
            choose={(show) => change({ show: show === "all" ? undefined : (show as ListsSearch["show"]) })}
          />
          <Download address={() => listWorkbook(id)} renew={found.refetch} file="recognition-list.xlsx" about={list.title} />
        </div>
        <DataTable
          caption={draft ? m.lists.rowsOfDraft : m.lists.rowsOfApproved}
          columns={columns}
          rows={rows}
          rowId={(row) => row.enrolment_id}
          sort={search.sort ?? TROUBLE_FIRST}
          onSort={(sort) => change({ sort: sort === TROUBLE_FIRST ? undefined : sort })}
          outstanding={(row) => row.changes.length > 0 || row.problem !== null}
        />
      </section>
    </div>
  );
}

/** Who made it and when, how it stands, and what may be done with it. */
function Standing({ list, rows }: { list: RecognitionList; rows: readonly ListedRow[] }) {
  const { m, number, moment } = useSpeech();
  const roles = rolesOf(useMe().data);
  const [making, make] = useState(false);
  const [passed, tell] = useState<number | null>(null);
  const good = useMemo(() => rows.filter((row) => row.problem === null), [rows]);
  const office = roles.has("province_officer") || roles.has("department_leader");
  const blocked = rows.length - good.length;
  return (
    <section className={`card prose${blocked > 0 ? " fault" : ""}`}>
      <p>
        <span className="strong">{m.lists.states[list.state]}</span> · {m.lists.made(list.made_by, moment(list.made_at))}
        {list.approved_at !== null && ` · ${m.lists.approved(list.approved_by ?? "", moment(list.approved_at))}`}
      </p>
      {passed !== null && (
        <p role="status" className="taken">
          {m.lists.done(number(passed))}
        </p>
      )}
      {blocked > 0 && <p>{m.lists.blocked(number(blocked))}</p>}
      {blocked > 0 && good.length > 0 && office && (
        <button type="button" className="quiet" onClick={() => make(true)}>
          {m.lists.makeWithout(number(good.length))}
        </button>
      )}
      {list.state === "draft" && roles.has("department_leader") && <Approve list={list} rows={rows} done={tell} />}
      {list.state === "draft" && !roles.has("department_leader") && <p className="note">{m.lists.waits}</p>}
      {making && <MakeList rows={good} close={() => make(false)} />}
    </section>
  );
}
