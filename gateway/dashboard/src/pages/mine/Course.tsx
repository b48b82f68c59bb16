import { Link } from "@tanstack/react-router";
import { useCertificates, useReportLine } from "../../api/evidence";
import { useResult } from "../../api/explained";
import { useEnrolment, type Enrolment } from "../../api/roster";
import { useSpeech } from "../../messages/language";
import { evidenceRoute } from "../evidence/route";
import { Gates } from "./Gates";
import { Owed } from "./Owed";
import { Paper } from "./Paper";
import { Window } from "./Window";

/** One course of hers. */
export function Course({ enrolment }: { enrolment: Enrolment }) {
  const { m, language, number, date } = useSpeech();
  const result = useResult(enrolment.id);
  const line = useReportLine(enrolment.id);
  const staff = useEnrolment(enrolment.id).data?.staff.filter((one) => one.until === null) ?? [];
  const certificates = useCertificates(line.data);
  const stage = line.data?.stages.at(-1);
  const level = m.levels[enrolment.level as keyof typeof m.levels] ?? enrolment.level;
  return (
    <section className="card course" aria-label={enrolment.course} data-course={enrolment.course}>
      <header>
        <h2>{enrolment.title}</h2>
        <p className="note">{m.mine.where(enrolment.subject, level, enrolment.class.code)}</p>
      </header>
      <p className="standing">
        {m.mine.standing} <strong>{stage === undefined ? m.loading : stage.title[language]}</strong>
        {stage !== undefined && ` ${m.evidence.sinceDay(date(stage.since))}`}
      </p>
      {certificates.map((one) => (
        <Paper key={one.id} certificate={one} />
      ))}
      {result.data !== undefined && (
        <>
          <Window enrolment={enrolment} result={result.data} staff={staff} />
          <Owed result={result.data} staff={staff} />
          <Gates gates={result.data.gates} staff={staff} />
          <dl className="facts">
            {(["diligence", "process", "final", "total"] as const).map((name) => (
              <div key={name}>
                <dt>{m.scores[name]}</dt>
                <dd>{result.data.scores[name] === null ? "–" : number(Number(result.data.scores[name]))}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <p>
        <Link to={evidenceRoute.to} params={{ enrolment: enrolment.id }}>
          {m.mine.evidence}
        </Link>
      </p>
    </section>
  );
}
