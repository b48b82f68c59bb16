import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, type ReactNode } from "react";
import { useResult } from "../../api/explained";
import type { MarkGiven } from "../../api/marks";
import { classesOf, useMe } from "../../api/me";
import { usePapers, type Paper as WaitingPaper } from "../../api/results";
import { useSpeech } from "../../messages/language";
import { paperName } from "../../parts/essays";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { evidenceRoute } from "../evidence/route";
import { isMarked, ownPapers } from "../papers/own";
import { papersRoute } from "../papers/route";
import { MarkForm } from "./MarkForm";
import { Marked } from "./Marked";
import { paperOf } from "./paper";
import { markingRoute } from "./route";

/** One paper before its marker: whose it is, since when it waits, and the criteria by which it is marked. */
export function MarkingPage() {
  const { m, number, moment } = useSpeech();
  const { enrolment } = markingRoute.useParams();
  const { paper: name = "final", class: klass } = markingRoute.useSearch();
  const navigate = useNavigate();
  const me = useMe().data;
  const result = useResult(enrolment);
  const waiting = usePapers();
  const heading = useRef<HTMLHeadingElement>(null);
  const learner = result.data;
  const title = m.marking.title(paperName(m, name), learner?.name ?? "…");
  useTitle(title);
  // The next paper begins where the page does, for eyes and screen readers alike.
  const arrived = learner !== undefined;
  useEffect(() => {
    if (arrived) heading.current?.focus();
  }, [enrolment, name, arrived]);

  if (result.error !== null && learner === undefined) return <Fault fault={result.error} hidden={m.evidence.hidden} again={() => void result.refetch()} />;
  if (learner === undefined || me === undefined) return <p role="status">{m.loading}</p>;
  const isThis = (one: WaitingPaper) => one.enrolment_id === enrolment && one.paper === name;
  const row = waiting.data?.find(isThis);
  const others = ownPapers(waiting.data, me).filter((one) => !isThis(one) && isMarked(one, me) && (klass === undefined || one.class === klass));
  const paper = paperOf(learner, name);
  const refusal = refusalOf();

  function refusalOf(): string | null {
    if (!classesOf(me).has(learner!.class)) return m.marking.notYours;
    if (learner!.person_id === me!.person_id) return m.marking.own;
    if (learner!.kind !== "main") return m.marking.reference;
    if (paper === null) return m.marking.notHandedIn;
    return paper.rubric === null ? m.marking.noCriteria : null;
  }

  function next(given: MarkGiven) {
    const marked = { name: learner!.name, paper: given.paper, score: given.score, scale: given.scale };
    const following = others[0];
    void navigate(
      following === undefined
        ? { to: papersRoute.to, search: { class: klass }, state: { marked } }
        : { to: markingRoute.to, params: { enrolment: following.enrolment_id }, search: { paper: following.paper, class: klass }, state: { marked } },
    );
  }

  return (
    <div className="page marking">
      <nav aria-label={m.marking.path} className="path">
        <Link to={papersRoute.to} search={{ class: klass }}>
          {m.papers.nav}
        </Link>
      </nav>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      <Marked />
      <section className="card" aria-label={m.marking.paper}>
        <dl className="facts">
          <Fact name={m.papers.learner}>
            <Link to={evidenceRoute.to} params={{ enrolment }}>
              {learner.name}
            </Link>
          </Fact>
          <Fact name={m.papers.unit}>{learner.unit_name}</Fact>
          <Fact name={m.papers.class}>{learner.class_code}</Fact>
          <Fact name={m.evidence.course}>{`${learner.title} (${learner.course})`}</Fact>
          {paper !== null && (
            <>
              <Fact name={m.papers.attempt}>{number(paper.attempt)}</Fact>
              <Fact name={m.papers.since}>{moment(paper.handedInAt)}</Fact>
            </>
          )}
          {row !== undefined && <Fact name={m.papers.days}>{number(row.waiting_days)}</Fact>}
        </dl>
        <p className="note where">{m.marking.where}</p>
      </section>
      {refusal !== null || paper === null || paper.rubric === null ? (
        <section className="card">
          <p role="status">{refusal}</p>
        </section>
      ) : (
        <MarkForm
          key={`${enrolment} ${name} ${paper.attempt}`}
          enrolment={enrolment}
          name={name}
          paper={paper}
          rubric={paper.rubric}
          done={next}
          left={others.length}
        />
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
