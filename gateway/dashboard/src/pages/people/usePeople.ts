import { useMemo } from "react";
import { useStandings, type Coverage, type Standing } from "../../api/coverage";
import { useReport, type Asked } from "../../api/reports";
import { useEnrolments, type Enrolment } from "../../api/roster";
import { countOf, NOT_STARTED_CAUSE, stagesOf } from "./causes";
import type { PeopleSearch } from "./route";

/** Someone on the list: where she stands, and who she is once roster has said so. */
export interface Listed extends Standing {
  who: Enrolment | undefined;
}

/** The most that one list shows; of more, a unit below or a narrower cause is chosen. */
export const MOST = 1_500;

/** The counts of a unit and the list behind them: reporting says where each stands, roster who she is. */
export function usePeople(search: PeopleSearch) {
  const asked: Asked = { unit: search.unit, as_of: search.as_of };
  const report = useReport<Coverage>("coverage", asked);
  const shown = report.data?.document;
  const cause = search.cause ?? NOT_STARTED_CAUSE;
  const stages = useMemo(() => (shown === undefined ? [] : stagesOf(cause, shown.stages)), [cause, shown]);
  const many = shown === undefined ? 0 : countOf(cause, shown);
  const unit = shown?.unit.id;
  const current = shown !== undefined && !report.isPlaceholderData;
  const standings = useStandings({ ...asked, unit }, stages, report.data?.version, current && many > 0 && many <= MOST);
  const found = many > 0 ? standings.data : undefined;
  const ids = useMemo(() => (found ?? []).map((one) => one.enrolment_id).sort(), [found]);
  const names = useEnrolments(ids, unit, search.contacts === "1");
  const known = ids.length > 0 ? names.data : undefined;
  const listed = standings.data !== undefined && !standings.isPlaceholderData;
  const named = ids.length === 0 || (names.data !== undefined && !names.isPlaceholderData);
  const rows = useMemo(() => found?.map((one): Listed => ({ ...one, who: known?.get(one.enrolment_id) })) ?? [], [found, known]);
  return {
    report,
    cause,
    many,
    rows,
    fault: standings.error ?? names.error,
    again: () => void Promise.all([standings.refetch(), names.refetch()]),
    /** Whether the list is all there, and of what is asked for. */
    ready: many === 0 || (listed && named),
  };
}
