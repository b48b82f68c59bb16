import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { rolesOf, useMe } from "../../api/me";
import { useSpeech } from "../../messages/language";
import { Breadcrumb } from "../../parts/Breadcrumb";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { Below } from "./Below";
import { Filters } from "./Filters";
import { Learners } from "./Learners";
import { peopleRoute, toUnit, type PeopleSearch } from "./route";
import { Summary } from "./Summary";
import { usePeople } from "./usePeople";

/** Who has not started, why, who must act and until when: a unit's list to work through, to print and to take along. */
export function PeoplePage() {
  const { m, day } = useSpeech();
  const search = peopleRoute.useSearch();
  const navigate = useNavigate();
  const me = useMe();
  const people = usePeople(search);
  const { report } = people;
  const shown = report.data?.document;
  useTitle(shown ? m.people.title(shown.unit.name ?? "") : m.people.nav);

  const change = useCallback(
    (next: Partial<PeopleSearch>, replace = false) =>
      void navigate({ to: peopleRoute.to, search: (before: PeopleSearch) => ({ ...before, ...next }), replace, resetScroll: false }),
    [navigate],
  );

  if (report.error !== null && shown === undefined) return <Fault fault={report.error} again={() => void report.refetch()} />;
  if (shown === undefined) return <p role="status">{m.loading}</p>;
  return (
    <div className={report.isPlaceholderData ? "page wide stale" : "page wide"} aria-busy={report.isPlaceholderData}>
      <Breadcrumb
        above={shown.above}
        unit={shown.unit}
        link={(unit) => (
          <Link to={peopleRoute.to} search={toUnit(unit.id)}>
            {unit.name}
          </Link>
        )}
      />
      <div className="heading">
        <h1>{m.people.title(shown.unit.name ?? "")}</h1>
      </div>
      {search.as_of !== undefined && (
        <p className="card">
          {m.people.asOf(day(search.as_of))}{" "}
          <Link className="screen" to={peopleRoute.to} search={(before: PeopleSearch) => ({ ...before, as_of: undefined })}>
            {m.asOf.back}
          </Link>
        </p>
      )}
      <Summary shown={shown} asOf={search.as_of} rows={people.rows} ready={people.ready} />
      <Filters shown={shown} search={search} cause={people.cause} rows={people.rows} roles={rolesOf(me.data)} change={change} />
      {people.fault === null ? (
        <Learners people={people} search={search} shown={shown} change={change} />
      ) : (
        <Fault fault={people.fault} again={people.again} />
      )}
      {shown.children.length > 0 && <Below shown={shown} />}
    </div>
  );
}
