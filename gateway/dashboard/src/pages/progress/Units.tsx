import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Node, Progress } from "../../api/reports";
import { useSpeech, type Speech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import { DataTable, type Column } from "../../parts/DataTable";
import { absence, mainKind, notLoggedIn } from "./figures";
import { progressRoute, toUnit, type ProgressSearch } from "./route";
import { Workbook, type WorkbookOf } from "./Workbook";

interface Props {
  shown: Progress;
  kind: string | undefined;
  sort: string | undefined;
  change: (next: Partial<ProgressSearch>, replace?: boolean) => void;
  workbook: WorkbookOf;
}

const ALL = "all";
const BY_ABSENCE = "-absent_share";

/** The units below, each beside the reader's own and with its rank; a unit's name leads down to it. */
export function Units({ shown, kind, sort, change, workbook }: Props) {
  const speech = useSpeech();
  const { m, number } = speech;
  const chosen = kind ?? mainKind(shown.children) ?? ALL;
  const rows = useMemo(
    () => shown.children.filter((node) => chosen === ALL || node.unit.kind === chosen),
    [shown.children, chosen],
  );
  const kinds = [...new Set(shown.children.map((node) => node.unit.kind ?? ""))];
  const columns = useMemo(() => columnsOf(speech, shown.unit.id), [speech, shown.unit.id]);
  const direct = shown.direct.figures.enrolments;
  return (
    <section className="card">
      <div className="heading">
        <h2>{m.units.title}</h2>
        {kinds.length > 1 && (
          <Choice
            legend={m.units.kinds}
            name="kind"
            chosen={chosen}
            options={[
              ...kinds.map((one) => ({
                value: one,
                label: `${m.kinds[one as keyof typeof m.kinds] ?? one} (${number(shown.children.filter((node) => node.unit.kind === one).length)})`,
              })),
              { value: ALL, label: m.units.all },
            ]}
            choose={(value) => change({ kind: value }, true)}
          />
        )}
        <Workbook {...workbook} unit={shown.unit} about={m.units.title} />
      </div>
      <DataTable
        caption={m.units.caption(shown.unit.name ?? "")}
        columns={columns}
        rows={rows}
        rowId={(node) => node.unit.id}
        sort={sort ?? BY_ABSENCE}
        onSort={(next) => change({ sort: next === BY_ABSENCE ? undefined : next }, true)}
        pinned={[shown]}
      />
      <p className="note">
        {m.units.distinct}
        {direct > 0 && ` ${m.units.direct(number(direct))}`}
      </p>
    </section>
  );
}

function columnsOf({ m, number, percent }: Speech, own: string): Column<Node>[] {
  const ranked = (rank: number | null | undefined, of: number) => (rank == null ? "–" : `${number(rank)}/${number(of)}`);
  return [
    {
      id: "name",
      header: m.units.unit,
      text: true,
      value: (node) => node.unit.name,
      cell: (node) =>
        node.unit.id === own ? (
          node.unit.name
        ) : (
          <Link to={progressRoute.to} search={toUnit(node.unit.id)}>
            {node.unit.name}
          </Link>
        ),
    },
    { id: "persons", header: m.units.persons, title: m.units.personsTitle, value: (node) => node.figures.persons, cell: (node) => number(node.figures.persons) },
    { id: "absent", header: m.units.absent, value: (node) => notLoggedIn(node.figures), cell: (node) => number(notLoggedIn(node.figures)) },
    {
      id: "absent_share",
      header: m.units.absentShare,
      value: (node) => (node.figures.persons > 0 ? notLoggedIn(node.figures) / node.figures.persons : null),
      cell: (node) => percent(absence(node.figures).percent),
    },
    { id: "enrolments", header: m.units.enrolments, title: m.units.enrolmentsTitle, value: (node) => node.figures.enrolments, cell: (node) => number(node.figures.enrolments) },
    { id: "lms_met", header: m.units.lmsMet, value: (node) => node.figures.lms_met, cell: (node) => number(node.figures.lms_met) },
    { id: "certified", header: m.units.certified, value: (node) => node.figures.certified, cell: (node) => number(node.figures.certified) },
    {
      id: "certified_share",
      header: m.units.certifiedShare,
      value: (node) => (node.rates.certified.denominator > 0 ? node.rates.certified.numerator / node.rates.certified.denominator : null),
      cell: (node) => percent(node.rates.certified.percent),
    },
    { id: "missing", header: m.units.missing, title: m.units.missingTitle, value: (node) => node.figures.missing, cell: (node) => number(node.figures.missing) },
    {
      id: "rank",
      header: m.units.rank,
      title: m.units.rankTitle,
      value: (node) => node.rank.logged_in ?? null,
      cell: (node) => ranked(node.rank.logged_in, node.rank.of),
    },
    {
      id: "rank_certified",
      header: m.units.rankCertified,
      title: m.units.rankTitle,
      value: (node) => node.rank.certified ?? null,
      cell: (node) => ranked(node.rank.certified, node.rank.of),
    },
  ];
}
