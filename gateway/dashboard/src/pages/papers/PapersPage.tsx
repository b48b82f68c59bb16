import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { classesOf, useMe } from "../../api/me";
import { papersWorkbook, usePapers, useSchemes, type Paper } from "../../api/results";
import { useSpeech, type Speech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import { DataTable, type Column } from "../../parts/DataTable";
import { Download } from "../../parts/Download";
import { essayName } from "../../parts/essays";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { evidenceRoute } from "../evidence/route";
import { papersRoute, type PapersSearch } from "./route";
import { SchemeCard } from "./SchemeCard";

const ALL = "all";
const LONGEST_FIRST = "-waiting_days";

/** What waits for a core teacher's mark. She marks on the learning platform: nothing here takes a mark. */
export function PapersPage() {
  const speech = useSpeech();
  const { m, number } = speech;
  const search: PapersSearch = papersRoute.useSearch();
  const navigate = useNavigate();
  const papers = usePapers();
  const schemes = useSchemes();
  const columns = useMemo(() => columnsOf(speech), [speech]);
  const me = useMe().data;
  const own = useMemo(() => (papers.data ?? []).filter((paper) => classesOf(me).has(paper.class)), [papers.data, me]);
  const rows = useMemo(() => own.filter((paper) => search.class === undefined || paper.class === search.class), [own, search.class]);
  useTitle(m.papers.title);

  const change = (next: PapersSearch) =>
    void navigate({ to: papersRoute.to, search: (before: PapersSearch) => ({ ...before, ...next }), replace: true, resetScroll: false });

  if (papers.error !== null && papers.data === undefined) return <Fault fault={papers.error} again={() => void papers.refetch()} />;
  if (papers.data === undefined) return <p role="status">{m.loading}</p>;
  const learners = new Set(rows.map((paper) => paper.enrolment_id)).size;
  return (
    <div className="page">
      <h1>{m.papers.title}</h1>
      <section className="card">
        <div className="heading">
          <h2>{rows.length === 0 ? m.papers.none : m.papers.count(number(rows.length), number(learners))}</h2>
          <ClassChoice papers={own} chosen={search.class} choose={(one) => change({ class: one })} />
          {own.length > 0 && (
            <Download address={() => papersWorkbook(search.class)} renew={papers.refetch} file="papers.xlsx" about={m.papers.title} />
          )}
        </div>
        <p className="note">{m.papers.where}</p>
        {rows.length > 0 && (
          <DataTable
            caption={m.papers.caption}
            columns={columns}
            rows={rows}
            rowId={(paper) => `${paper.enrolment_id} ${paper.paper}`}
            sort={search.sort ?? LONGEST_FIRST}
            onSort={(next) => change({ sort: next === LONGEST_FIRST ? undefined : next })}
          />
        )}
      </section>
      {schemes.data?.map((scheme) => <SchemeCard key={`${scheme.id} ${scheme.version}`} scheme={scheme} />)}
    </div>
  );
}

/** Her classes with what waits in each; nothing to choose where there is one. */
function ClassChoice({ papers, chosen, choose }: { papers: Paper[]; chosen: string | undefined; choose: (one: string | undefined) => void }) {
  const { m, number } = useSpeech();
  const classes = new Map(papers.map((paper) => [paper.class, paper.class_code]));
  if (classes.size < 2) return null;
  const count = (id: string) => number(papers.filter((paper) => paper.class === id).length);
  return (
    <Choice
      legend={m.papers.class}
      name="class"
      chosen={chosen ?? ALL}
      options={[
        { value: ALL, label: m.papers.allClasses },
        ...[...classes].sort(([, one], [, other]) => one.localeCompare(other)).map(([id, code]) => ({ value: id, label: `${code} (${count(id)})` })),
      ]}
      choose={(value) => choose(value === ALL ? undefined : value)}
    />
  );
}

function columnsOf({ m, number, moment }: Speech): Column<Paper>[] {
  return [
    {
      id: "name",
      header: m.papers.learner,
      text: true,
      value: (paper) => paper.name,
      cell: (paper) => (
        <Link to={evidenceRoute.to} params={{ enrolment: paper.enrolment_id }}>
          {paper.name}
        </Link>
      ),
    },
    { id: "waiting_days", header: m.papers.days, value: (paper) => paper.waiting_days, cell: (paper) => number(paper.waiting_days) },
    { id: "paper", header: m.papers.paper, text: true, value: (paper) => paperName(paper.paper, m) },
    { id: "attempt", header: m.papers.attempt, value: (paper) => paper.attempt, cell: (paper) => number(paper.attempt) },
    { id: "since", header: m.papers.since, text: true, value: (paper) => paper.since, cell: (paper) => moment(paper.since) },
    { id: "unit", header: m.papers.unit, text: true, value: (paper) => paper.unit_name },
    { id: "class", header: m.papers.class, text: true, value: (paper) => paper.class_code },
  ];
}

/** "final", or "essay:" and the course's own word for it. */
function paperName(paper: string, m: Speech["m"]): string {
  return paper === "final" ? m.final : essayName(m, paper.replace(/^essay:/, ""));
}
