import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Coverage, StageName } from "../../api/coverage";
import { useSpeech, type Speech } from "../../messages/language";
import { DataTable, type Column } from "../../parts/DataTable";
import { countOf, NOT_STARTED_CAUSE, stagesOf } from "./causes";
import { peopleRoute, toUnit } from "./route";

type Child = Coverage["children"][number];

/** The units below by how many have not started, and why; a unit's name leads to its list. */
export function Below({ shown }: { shown: Coverage }) {
  const speech = useSpeech();
  const { m } = speech;
  const [sort, setSort] = useState(`-${NOT_STARTED_CAUSE}`);
  const columns = useMemo(() => columnsOf(speech, shown.stages), [speech, shown.stages]);
  return (
    <section className="card screen">
      <h2>{m.people.below}</h2>
      <DataTable
        caption={m.people.belowCaption(shown.unit.name ?? "")}
        columns={columns}
        rows={shown.children}
        rowId={({ unit }) => unit.id}
        sort={sort}
        onSort={setSort}
      />
    </section>
  );
}

function columnsOf({ m, language, number }: Speech, stages: Coverage["stages"]): Column<Child>[] {
  const titles = new Map(stages.map((stage) => [stage.name, stage.title[language]]));
  const count = (id: string, header: string, value: (child: Child) => number): Column<Child> => ({
    id,
    header,
    value,
    cell: (child) => number(value(child)),
  });
  const stage = (name: StageName) => count(name, titles.get(name) ?? name, ({ figures }) => figures[name]);
  return [
    {
      id: "name",
      header: m.units.unit,
      text: true,
      value: ({ unit }) => unit.name,
      cell: ({ unit }) => (
        <Link to={peopleRoute.to} search={toUnit(unit.id)}>
          {unit.name}
        </Link>
      ),
    },
    count("enrolments", m.units.enrolments, ({ figures }) => figures.enrolments),
    count(NOT_STARTED_CAUSE, m.people.groups.not_started, ({ figures }) => countOf(NOT_STARTED_CAUSE, { figures, stages })),
    ...stagesOf(NOT_STARTED_CAUSE, stages).map(stage),
    count("owed", m.people.groups.owed, ({ figures }) => countOf("owed", { figures, stages })),
  ];
}
