import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { classesOf, rolesOf, useMe, type Me } from "../../api/me";
import { useResults, type Gate, type Result, type ResultsAsked } from "../../api/results";
import { useSpeech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import { DataTable, inOrder } from "../../parts/DataTable";
import { Save } from "../../parts/Download";
import { Fault } from "../../parts/Fault";
import { SelectAll } from "../../parts/SelectAll";
import { useTitle } from "../../parts/useTitle";
import { ClassSelect } from "./ClassSelect";
import { columnsOf, EVIDENCE } from "./columns";
import { GiveVerdict } from "./GiveVerdict";
import { Outcome, type Given } from "./Outcome";
import { verdictsRoute, type VerdictsSearch } from "./route";

const BY_CLASS = "class";
const ROLES = { core_teacher: "core_team", institution_lecturer: "institution" } as const;

/** Verdicts at one of the two human gates: chosen rows, one word for them, one confirmation, and what became of each. */
export function VerdictsPage() {
  const speech = useSpeech();
  const { m, number, language } = speech;
  const search: VerdictsSearch = verdictsRoute.useSearch();
  const navigate = useNavigate();
  const gates = useGates();
  const gate = search.gate !== undefined && gates.includes(search.gate) ? search.gate : (gates[0] ?? "core_team");
  const results = useResults(asked(gate, search));
  const me = useMe().data;
  const rows = useMemo(
    () => (results.data?.items ?? []).filter((row) => isHers(row, gate, me) && (search.view === undefined || row.gates[gate].state === "refused")),
    [results.data, search.view, gate, me],
  );
  const columns = useMemo(() => columnsOf(speech, gate, search.view === "refused"), [speech, gate, search.view]);
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const [asking, ask] = useState<{ met: boolean; rows: Result[] } | null>(null);
  const [given, tell] = useState<Given | null>(null);
  const ids = useMemo(() => rows.map((row) => row.enrolment_id), [rows]);
  // Who is no longer in sight is not judged, whatever was chosen before.
  const judged = rows.filter((row) => chosen.has(row.enrolment_id));
  useTitle(m.verdicts.title[gate]);

  const change = (next: VerdictsSearch) => {
    choose(new Set());
    void navigate({ to: verdictsRoute.to, search: (before: VerdictsSearch) => ({ ...before, ...next }), replace: true, resetScroll: false });
  };
  const sorted = (next: string) =>
    void navigate({ to: verdictsRoute.to, search: (before: VerdictsSearch) => ({ ...before, sort: next === BY_CLASS ? undefined : next }), replace: true, resetScroll: false });

  if (results.error !== null && results.data === undefined) return <Fault fault={results.error} again={() => void results.refetch()} />;
  if (results.data === undefined) return <p role="status">{m.loading}</p>;
  async function made() {
    const { workbook } = await import("../../parts/workbook");
    const printed = columns.filter(({ id }) => id !== EVIDENCE);
    const lines = inOrder(rows, printed, search.sort ?? BY_CLASS, language).map((row) => printed.map((column) => column.value(row)));
    return workbook(m.verdicts.title[gate], printed.map((column) => column.header), lines);
  }

  const more = results.data.total - results.data.items.length;
  return (
    <div className={results.isPlaceholderData ? "page stale" : "page"} aria-busy={results.isPlaceholderData}>
      <div className="heading">
        <h1>{m.verdicts.title[gate]}</h1>
        {gates.length > 1 && (
          <Choice
            legend={m.verdicts.gate}
            name="gate"
            chosen={gate}
            options={gates.map((one) => ({ value: one, label: m.verdicts.title[one] }))}
            choose={(one) => change({ gate: one as Gate })}
          />
        )}
      </div>
      {given !== null && <Outcome given={given} close={() => tell(null)} />}
      <section className="card">
        <div className="heading">
          <Choice
            legend={m.verdicts.views}
            name="view"
            chosen={search.view ?? "waiting"}
            options={[
              { value: "waiting", label: m.verdicts.waiting },
              { value: "refused", label: m.verdicts.refused },
            ]}
            choose={(view) => change({ view: view === "refused" ? "refused" : undefined })}
          />
          <span className="actions">
            <ClassSelect chosen={search.class} choose={(one) => change({ class: one })} />
            {rows.length > 0 && <Save make={made} file={`${gate}.xlsx`} about={m.verdicts.list} />}
          </span>
        </div>
        <p className="note">{m.verdicts.rule[gate]}</p>
        {rows.length === 0 ? (
          <p className="empty">{search.view === "refused" ? m.verdicts.noneRefused : m.verdicts.noneWaiting}</p>
        ) : (
          <>
            <div className="toolbar">
              <SelectAll ids={ids} chosen={chosen} choose={choose} />
              <span className="buttons">
                <button type="button" disabled={judged.length === 0} onClick={() => ask({ met: true, rows: judged })}>
                  {m.met}
                </button>
                <button type="button" className="quiet" disabled={judged.length === 0} onClick={() => ask({ met: false, rows: judged })}>
                  {m.notMet}
                </button>
              </span>
            </div>
            <DataTable
              caption={more > 0 ? m.verdicts.captionOf(number(results.data.items.length), number(results.data.total)) : m.verdicts.caption}
              columns={columns}
              rows={rows}
              rowId={(row) => row.enrolment_id}
              sort={search.sort ?? BY_CLASS}
              onSort={sorted}
              selection={{ chosen, choose, label: (row) => row.name }}
            />
          </>
        )}
      </section>
      {asking !== null && (
        <GiveVerdict
          gate={gate}
          {...asking}
          close={() => ask(null)}
          done={(outcome) => {
            ask(null);
            choose(new Set());
            tell(outcome);
          }}
        />
      )}
    </div>
  );
}

/** The gates at which the reader may give verdicts. */
function useGates(): Gate[] {
  const roles = rolesOf(useMe().data);
  return (Object.keys(ROLES) as (keyof typeof ROLES)[]).filter((role) => roles.has(role)).map((role) => ROLES[role]);
}

/** Whether it is hers to judge: of what she may read, the learners of her classes, and never herself. */
function isHers(row: Result, gate: Gate, me: Me | undefined): boolean {
  return row.person_id !== me?.person_id && (gate === "institution" || classesOf(me).has(row.class));
}

function asked(gate: Gate, search: VerdictsSearch): ResultsAsked {
  const which: ResultsAsked = search.view === "refused" ? { status: "refused" } : { status: "in_verdict", missing: gate };
  return { ...which, class: search.class };
}

