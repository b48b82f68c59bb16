import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useRef } from "react";
import { useBoard } from "../../api/graders";
import { workbookOf } from "../../api/reports";
import { useSpeech } from "../../messages/language";
import { Breadcrumb } from "../../parts/Breadcrumb";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { Answers } from "./Answers";
import { AsOf } from "./AsOf";
import { Coverage } from "./Coverage";
import { Funnel } from "./Funnel";
import { Graders } from "./Graders";
import { Plan } from "./Plan";
import { peopleRoute } from "../people/route";
import { progressRoute, structureOf, toUnit, type ProgressSearch } from "./route";
import { StructureChoice } from "./StructureChoice";
import { Subjects } from "./Subjects";
import { Trend } from "./Trend";
import { Units } from "./Units";
import { useProgress } from "./useProgress";

/** One unit's way from the roster to the certificate: the answers first, then the figures they come from. */
export function ProgressPage() {
  const { m } = useSpeech();
  const search = progressRoute.useSearch();
  const navigate = useNavigate();
  const { asked, report, course } = useProgress(search);
  const shown = report.data?.document;
  const live = search.as_of === undefined;
  const board = useBoard(shown?.unit.id ?? "", live && shown !== undefined && !report.isPlaceholderData);
  useTitle(shown ? m.progress.title(shown.unit.name ?? "") : m.progress.nav);

  const change = useCallback(
    (next: Partial<ProgressSearch>, replace = false) =>
      void navigate({
        to: progressRoute.to,
        search: (before: ProgressSearch) => ({ ...before, ...next }),
        replace,
        resetScroll: false,
      }),
    [navigate],
  );

  // What a workbook is asked for by is what is on screen at the click, also after a renewal inside of it.
  const latest = useRef(report);
  latest.current = report;
  const workbook = {
    address: () => {
      const { document, version } = latest.current.data!;
      return workbookOf("progress", asked, search.as_of ?? document.as_of, version);
    },
    renew: () => report.refetch(),
  };

  if (report.error !== null && shown === undefined) return <Fault fault={report.error} again={() => void report.refetch()} />;
  if (shown === undefined) return <p role="status">{m.loading}</p>;
  return (
    <div className={report.isPlaceholderData ? "page stale" : "page"} aria-busy={report.isPlaceholderData}>
      <Breadcrumb
        above={shown.above}
        unit={shown.unit}
        link={(unit) => (
          <Link to={progressRoute.to} search={toUnit(unit.id)}>
            {unit.name}
          </Link>
        )}
      />
      <div className="heading">
        <h1>{shown.unit.name}</h1>
        <Link to={peopleRoute.to} search={{ unit: shown.unit.id, as_of: search.as_of }}>
          {m.progress.people}
        </Link>
        <StructureChoice structure={structureOf(search)} change={(structure) => change({ structure })} />
      </div>
      <AsOf
        course={course.data?.document}
        asOf={search.as_of}
        checkedAt={report.dataUpdatedAt}
        lost={report.error !== null}
        change={(as_of) => change({ as_of }, search.as_of !== undefined)}
      />
      <Answers shown={shown} asked={asked} board={live ? board : null} />
      <div className="pair">
        <Funnel figures={shown.figures} />
        <Trend course={course} asOf={search.as_of} unit={shown.unit} asked={asked} />
      </div>
      {shown.children.length > 0 && (
        <Units shown={shown} kind={search.kind} sort={search.sort} change={change} workbook={workbook} />
      )}
      <Coverage asked={asked} day={search.as_of} />
      {live && <Graders board={board} unit={shown.unit} />}
      {live && shown.unit.kind === "province" && <Plan unit={shown.unit} />}
      <Subjects subjects={shown.by_subject} workbook={workbook} unit={shown.unit} />
    </div>
  );
}
