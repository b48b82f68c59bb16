import { useEffect, useRef } from "react";
import { useReport, type Asked, type Progress, type Timeline } from "../../api/reports";
import { structureOf, type ProgressSearch } from "./route";

/** The report on screen and, for slider and chart, its whole course. */
export function useProgress(search: ProgressSearch) {
  const asked: Asked = { unit: search.unit, structure: structureOf(search), as_of: search.as_of };
  const report = useReport<Progress>("progress", asked);
  const course = useReport<Timeline>("timeline", { unit: search.unit, structure: structureOf(search) }, "once");

  // The course is read again when the figures it ends with have moved, and not while nothing happens.
  const figures = report.data?.document.figures;
  const seen = useRef(figures);
  const { refetch } = course;
  useEffect(() => {
    const moved = seen.current !== undefined && seen.current !== figures;
    seen.current = figures;
    if (moved && search.as_of === undefined) void refetch({ cancelRefetch: false });
  }, [figures, search.as_of, refetch]);

  return { asked, report, course };
}
