import { Link } from "@tanstack/react-router";
import type { Stage } from "../../api/coverage";
import type { Speech } from "../../messages/language";
import type { Column } from "../../parts/DataTable";
import { daysBetween } from "../../parts/days";
import type { Cell } from "../../parts/workbook";
import { evidenceRoute } from "../evidence/route";
import type { Listed } from "./usePeople";

/** A column with what paper and workbook say in it. */
export interface PrintedColumn extends Column<Listed> {
  print: (row: Listed) => Cell;
}

/** Vietnamese lists go by the given name, which is the last word, and then by the words before it. */
function byGivenName(name: string): string {
  const words = name.split(" ");
  return [words.at(-1), ...words.slice(0, -1)].join(" ");
}

/** The columns of the list, but for those left out. `at`: until when days are counted. */
export function columnsOf(speech: Speech, stages: readonly Stage[], left: ReadonlySet<string>, at: Date): PrintedColumn[] {
  const { m, language, number, date } = speech;
  const titles = new Map(stages.map((stage) => [stage.name, stage.title[language]]));
  const waits = (row: Listed) => daysBetween(row.since, at);
  const text = (id: keyof typeof m.people.columns, print: (row: Listed) => string | null): PrintedColumn => ({
    id,
    header: m.people.columns[id],
    text: true,
    value: print,
    print,
  });
  const columns: PrintedColumn[] = [
    {
      ...text("name", ({ who }) => who?.name ?? null),
      value: ({ who }) => (who === undefined ? null : byGivenName(who.name)),
      cell: (row) => (
        <Link to={evidenceRoute.to} params={{ enrolment: row.enrolment_id }}>
          {row.who?.name ?? m.people.unnamed}
        </Link>
      ),
    },
    text("unit", ({ who }) => who?.unit.name ?? null),
    text("position", ({ who }) => who?.position ?? null),
    text("class", ({ who }) => who?.class.code ?? null),
    text("cause", (row) => titles.get(row.stage) ?? row.stage),
    {
      id: "days",
      header: m.people.columns.days,
      title: m.people.daysTitle,
      value: waits,
      print: waits,
      cell: (row) => number(waits(row)),
    },
    text("owner", ({ owner, who }) => {
      if (owner === null) return null;
      const graders = owner === "core_teacher" ? (who?.graders ?? []) : [];
      return [m.roles[owner], graders.join(", ")].filter(Boolean).join(": ");
    }),
    {
      ...text("due", ({ who }) => (who === undefined ? null : date(who.closes_at))),
      value: ({ who }) => who?.closes_at ?? null,
      cell: ({ who }) => (who === undefined ? "" : date(who.closes_at)),
    },
    text("accounts", ({ who }) => who?.accounts.join(", ") || m.people.noAccount),
    text("phone", ({ who }) => who?.phone ?? null),
  ];
  return columns.filter(({ id }) => !left.has(id));
}
