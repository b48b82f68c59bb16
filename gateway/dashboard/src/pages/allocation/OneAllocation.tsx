import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useAllocate, useDryRun, type Allocation, type Method, type Offering } from "../../api/offerings";
import { useSpeech, type Speech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import { DataTable, type Column } from "../../parts/DataTable";
import { Fault } from "../../parts/Fault";
import { Running } from "../../parts/Running";
import { allocationRoute } from "./route";

type Klass = Allocation["classes"][number];

const INVALID = 422;

/** What an allocation would do, by either rule; then the one that is done. */
export function OneAllocation({ offering, method }: { offering: Offering; method: Method }) {
  const speech = useSpeech();
  const { m, number } = speech;
  const navigate = useNavigate();
  const wish = { offering: offering.id, method };
  const dry = useDryRun(wish);
  const allocate = useAllocate(offering.id);
  const [sort, setSort] = useState("code");
  const columns = useMemo(() => columnsOf(speech), [speech]);
  const shown = dry.error === null ? dry.data : undefined;
  return (
    <div className="page">
      <nav aria-label={m.allocation.path} className="path">
        <Link to={allocationRoute.to}>{m.allocation.all}</Link>
      </nav>
      <div className="heading">
        <h1>{offering.title}</h1>
        <Choice
          legend={m.allocation.method}
          name="method"
          chosen={method}
          options={[
            { value: "half_up", label: m.allocation.methods.half_up },
            { value: "planned", label: m.allocation.methods.planned },
          ]}
          choose={(value) =>
            void navigate({
              to: allocationRoute.to,
              search: { offering: offering.id, method: value === "planned" ? "planned" : undefined },
            })
          }
        />
      </div>
      {dry.error !== null &&
        (dry.error.status === INVALID ? (
          <p role="alert" className="card">
            {method === "planned" && offering.planned.classes === null ? m.allocation.noPlan : m.allocation.refused}
          </p>
        ) : (
          <Fault fault={dry.error} again={() => void dry.refetch()} />
        ))}
      {shown !== undefined && (
        <section className="card prose">
          {allocate.running ? (
            <>
              <Running about={m.allocation.running} />
              <p className="note">{m.allocation.leave}</p>
            </>
          ) : (
            <>
              <p className="strong" role="status">
                {shown.learners === 0 ? m.allocation.nobody : m.allocation.waiting(number(shown.learners))}
              </p>
              {allocate.error !== null && (
                <p role="alert" className="bad">
                  {m.allocation.failed}
                </p>
              )}
              {shown.learners > 0 && (
                <button type="button" onClick={() => allocate.mutate(wish)}>
                  {m.allocation.act(number(shown.learners))}
                </button>
              )}
            </>
          )}
          <DataTable
            caption={shown.learners === 0 ? m.allocation.there : m.allocation.would}
            columns={columns}
            rows={shown.classes}
            rowId={(klass) => klass.code}
            sort={sort}
            onSort={setSort}
          />
        </section>
      )}
    </div>
  );
}

function columnsOf({ m, number }: Speech): Column<Klass>[] {
  const count = (id: "added" | "size" | "units"): Column<Klass> => ({
    id,
    header: m.allocation.columns[id],
    value: (klass) => klass[id],
    cell: (klass) => number(klass[id]),
  });
  return [
    { id: "code", header: m.figures.classes, text: true, value: (klass) => klass.code },
    count("added"),
    count("size"),
    count("units"),
  ];
}
