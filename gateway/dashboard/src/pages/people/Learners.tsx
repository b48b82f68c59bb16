import { useMemo } from "react";
import type { Coverage } from "../../api/coverage";
import { useSpeech } from "../../messages/language";
import { DataTable, inOrder } from "../../parts/DataTable";
import { Save } from "../../parts/Download";
import { endOf } from "../../parts/days";
import { columnsOf } from "./columns";
import type { PeopleSearch } from "./route";
import { MOST, type Listed, type usePeople } from "./usePeople";

interface Props {
  people: ReturnType<typeof usePeople>;
  search: PeopleSearch;
  shown: Coverage;
  change: (next: Partial<PeopleSearch>, replace?: boolean) => void;
}

const BY_NAME = "name";

/** The list itself: on screen, on paper and as a workbook the same lines in the same order. */
export function Learners({ people, search, shown: { unit, stages, children }, change }: Props) {
  const speech = useSpeech();
  const { m, language, number } = speech;
  const contacts = search.contacts === "1";
  const single = children.length === 0;
  const at = useMemo(() => endOf(search.as_of), [search.as_of]);
  const rows = useMemo(
    () => people.rows.filter((row) => search.class === undefined || row.class_id === search.class),
    [people.rows, search.class],
  );
  // Of a single school its name says nothing.
  const left = useMemo(() => new Set([...(contacts ? [] : ["phone"]), ...(single ? ["unit"] : [])]), [contacts, single]);
  const columns = useMemo(() => columnsOf(speech, stages, left, at), [speech, stages, left, at]);
  const sort = search.sort ?? BY_NAME;

  async function made(): Promise<Blob> {
    const { workbook } = await import("../../parts/workbook");
    const lines = inOrder<Listed>(rows, columns, sort, language).map((row) => columns.map((column) => column.print(row)));
    return workbook(m.people.list, columns.map((column) => column.header), lines);
  }

  if (people.many > MOST) return <p className="card">{m.people.tooMany(number(people.many), number(MOST))}</p>;
  return (
    <section className={people.ready ? "card list" : "card list stale"} aria-busy={!people.ready}>
      <div className="heading">
        <h2>
          {m.people.list} ({number(rows.length)})
        </h2>
        <span className="actions">
          <button type="button" className="quiet" onClick={() => window.print()}>
            {m.print}
          </button>
          <Save make={made} file={`danh-sach-${unit.code ?? unit.id}.xlsx`} about={m.people.list} />
        </span>
      </div>
      <DataTable
        caption={m.people.caption(unit.name ?? "")}
        columns={columns}
        rows={rows}
        rowId={(row) => row.enrolment_id}
        sort={sort}
        onSort={(next) => change({ sort: next === BY_NAME ? undefined : next }, true)}
      />
    </section>
  );
}
