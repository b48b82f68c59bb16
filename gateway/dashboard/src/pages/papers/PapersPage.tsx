import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useMe, type Me } from "../../api/me";
import { papersWorkbook, usePapers, useSchemes, type Paper } from "../../api/results";
import { useSpeech, type Speech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import { DataTable, type Column } from "../../parts/DataTable";
import { Download } from "../../parts/Download";
import { paperName } from "../../parts/essays";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { evidenceRoute } from "../evidence/route";
import { Marked } from "../marking/Marked";
import { markingRoute } from "../marking/route";
import { isMarked, ownPapers } from "./own";
import { papersRoute, type PapersSearch } from "./route";
import { SchemeCard } from "./SchemeCard";

const ALL = "all";
const LONGEST_FIRST = "-waiting_days";

/** What waits for a core teacher's mark: each paper leads to the page on which she gives it. */
export function PapersPage() {
  const speech = useSpeech();
  const { m, number } = speech;
  const search: PapersSearch = papersRoute.useSearch();
  const navigate = useNavigate();
  const papers = usePapers();
  const schemes = useSchemes();
  const me = useMe().data;
  const columns = useMemo(() => columnsOf(speech, me, search.class), [speech, me, search.class]);
  const own = useMemo(() => ownPapers(papers.data, me), [papers.data, me]);
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
      <Marked />
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

/** `klass`: the class that is shown, to which one comes back from a paper. */
function columnsOf({ m, number, moment }: Speech, me: Me | undefined, klass: string | undefined): Column<Paper>[] {
  return [
    {
      id: "name",
      header: m.papers.learner,
      text: true,
      value: (paper) => paper.name,
      cell: (paper) =>
        isMarked(paper, me) ? (
          <Link
            to={markingRoute.to}
            params={{ enrolment: paper.enrolment_id }}
            search={{ paper: paper.paper, class: klass }}
            aria-label={m.papers.mark(paperName(m, paper.paper), paper.name)}
          >
            {paper.name}
          </Link>
        ) : (
          <>
            {paper.name} <span className="note">{m.papers.notMarked}</span>
          </>
        ),
    },
    { id: "waiting_days", header: m.papers.days, value: (paper) => paper.waiting_days, cell: (paper) => number(paper.waiting_days) },
    { id: "paper", header: m.papers.paper, text: true, value: (paper) => paperName(m, paper.paper) },
    { id: "attempt", header: m.papers.attempt, value: (paper) => paper.attempt, cell: (paper) => number(paper.attempt) },
    { id: "since", header: m.papers.since, text: true, value: (paper) => paper.since, cell: (paper) => moment(paper.since) },
    { id: "unit", header: m.papers.unit, text: true, value: (paper) => paper.unit_name },
    { id: "class", header: m.papers.class, text: true, value: (paper) => paper.class_code },
    {
      id: "evidence",
      header: m.verdicts.evidence,
      text: true,
      value: (paper) => paper.name,
      cell: (paper) => (
        <Link to={evidenceRoute.to} params={{ enrolment: paper.enrolment_id }} aria-label={m.verdicts.evidenceOf(paper.name)}>
          {m.verdicts.look}
        </Link>
      ),
    },
  ];
}
