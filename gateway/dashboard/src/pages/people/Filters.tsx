import type { Coverage } from "../../api/coverage";
import type { Role } from "../../api/me";
import { useSpeech } from "../../messages/language";
import { Select, type Option } from "../../parts/Select";
import { countOf, GROUPS, NOT_STARTED_CAUSE, ownersOf } from "./causes";
import type { PeopleSearch } from "./route";
import type { Listed } from "./usePeople";

interface Props {
  shown: Coverage;
  search: PeopleSearch;
  cause: string;
  rows: readonly Listed[];
  roles: ReadonlySet<Role>;
  change: (next: Partial<PeopleSearch>, replace?: boolean) => void;
}

/** Who must reach the learner sees her whole number; roster has the same rule. */
const REACH: readonly Role[] = ["province_officer", "department_leader", "district_officer", "school_head"];

/** What the list is narrowed to, and whether it shows how to reach people. */
export function Filters({ shown, search, cause, rows, roles, change }: Props) {
  const { m } = useSpeech();
  const contacts = search.contacts === "1";
  return (
    <section className="card filters" aria-label={m.people.filters}>
      <Select
        label={m.people.cause}
        chosen={cause}
        options={useCauses(shown, cause)}
        choose={(value) => change({ cause: value === NOT_STARTED_CAUSE ? undefined : value, class: undefined })}
      />
      {shown.children.length > 0 && (
        <Select
          label={m.people.unit}
          chosen={shown.unit.id}
          options={[
            { value: shown.unit.id, label: m.people.whole(shown.unit.name ?? "") },
            ...shown.children.map(({ unit }) => ({ value: unit.id, label: unit.name ?? "" })),
          ]}
          choose={(value) => change({ unit: value, class: undefined })}
        />
      )}
      <Select
        label={m.people.class}
        chosen={search.class ?? ""}
        options={useClasses(rows)}
        choose={(value) => change({ class: value || undefined })}
      />
      {REACH.some((role) => roles.has(role)) && (
        <>
          <button type="button" className="quiet" onClick={() => change({ contacts: contacts ? undefined : "1" }, true)}>
            {contacts ? m.people.hideContacts : m.people.showContacts}
          </button>
          <p className="note">{m.people.contactsNote}</p>
        </>
      )}
    </section>
  );
}

function useCauses(shown: Coverage, cause: string) {
  const { m, language, number } = useSpeech();
  const option = (value: string, label: string): Option => ({ value, label: `${label} (${number(countOf(value, shown))})` });
  const worth = (value: string) => value === cause || countOf(value, shown) > 0;
  return [
    ...GROUPS.map((group) => option(group, m.people.groups[group])),
    { legend: m.people.byOwner, options: ownersOf(shown.stages).filter(worth).map((owner) => option(owner, m.roles[owner])) },
    {
      legend: m.people.byStage,
      options: shown.stages.filter(({ name }) => worth(name)).map(({ name, title }) => option(name, title[language])),
    },
  ];
}

function useClasses(rows: readonly Listed[]): Option[] {
  const { m } = useSpeech();
  const classes = new Map(rows.flatMap(({ class_id, who }) => (who === undefined ? [] : [[class_id, who.class.code] as const])));
  const options = [...classes].map(([value, label]) => ({ value, label })).sort((one, other) => one.label.localeCompare(other.label));
  return [{ value: "", label: m.people.allClasses }, ...options];
}
