import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useCertificates, useReportLine, type ReportLine } from "../../api/evidence";
import { useResult } from "../../api/explained";
import { useEnrolment } from "../../api/roster";
import { useSpeech } from "../../messages/language";
import { Breadcrumb } from "../../parts/Breadcrumb";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { peopleRoute } from "../people/route";
import { Enrolled } from "./Enrolled";
import { Judged } from "./Judged";
import { Reported } from "./Reported";
import { evidenceRoute } from "./route";
import { Studied } from "./Studied";

const NOT_FOUND = 404;

/** One learner from the line of the roster to the line of the reports: what happened, when, by whom. Made to be printed. */
export function EvidencePage() {
  const { m, day, moment } = useSpeech();
  const { enrolment: id } = evidenceRoute.useParams();
  const enrolment = useEnrolment(id);
  const result = useResult(id);
  const line = useReportLine(id);
  const certificates = useCertificates(line.data);
  const who = enrolment.data;
  useTitle(who === undefined ? m.evidence.nav : m.evidence.title(who.name));

  if (enrolment.error !== null && who === undefined) return <Fault fault={enrolment.error} hidden={m.evidence.hidden} again={() => void enrolment.refetch()} />;
  if (who === undefined) return <p role="status">{m.loading}</p>;
  const units = line.data?.counted_in.today ?? [];
  const stage = line.data?.stages.at(-1);
  return (
    <article className="page evidence">
      {units.length > 0 && (
        <Breadcrumb
          above={units.slice(0, -1)}
          unit={units.at(-1)!}
          current={false}
          link={(unit) => (
            <Link to={peopleRoute.to} search={{ unit: unit.id, cause: "all" }}>
              {unit.name}
            </Link>
          )}
        />
      )}
      <div className="heading">
        <h1>{m.evidence.title(who.name)}</h1>
        <button type="button" className="quiet" onClick={() => window.print()}>
          {m.print}
        </button>
      </div>
      <section className="card" aria-label={m.evidence.person}>
        <dl className="facts">
          <Fact name={m.evidence.course} value={`${who.title} (${who.course})`} />
          <Fact name={m.evidence.subject} value={`${who.subject}, ${m.levels[who.level as keyof typeof m.levels] ?? who.level}`} />
          <Fact name={m.evidence.class} value={who.class.code} />
          <Fact name={m.evidence.unit} value={`${who.unit.name}; ${who.position}`} />
          <Fact name={m.evidence.birth} value={who.birth_date === null ? "–" : day(who.birth_date)} />
          <Fact name={m.evidence.accounts} value={who.accounts.join(", ") || "–"} />
          <Fact name={m.evidence.standing} value={stage === undefined ? m.loading : <Standing stage={stage} />} />
        </dl>
      </section>
      <Enrolled enrolment={who} />
      {result.data !== undefined && (
        <>
          <Studied result={result.data} learner={who.name} staff={who.staff} />
          <Judged result={result.data} certificates={certificates} issued={issuedOf(line.data)} staff={who.staff} />
        </>
      )}
      {result.error !== null && result.error.status !== NOT_FOUND && <Fault fault={result.error} again={() => void result.refetch()} />}
      {line.data !== undefined && <Reported line={line.data} />}
      {line.error !== null && line.error.status !== NOT_FOUND && <Fault fault={line.error} again={() => void line.refetch()} />}
      <p className="note">{m.evidence.made(moment(new Date().toISOString()))}</p>
    </article>
  );
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Standing({ stage }: { stage: ReportLine["stages"][number] }) {
  const { m, language, date } = useSpeech();
  return (
    <>
      <b>{stage.title[language]}</b>, {m.evidence.sinceDay(date(stage.since))}
    </>
  );
}

/** When each certificate was issued. */
function issuedOf(line: ReportLine | undefined): Map<string, string> {
  return new Map((line?.certificates ?? []).map(({ certificate_id, issued_at }) => [certificate_id, issued_at]));
}
