"""Answers a report of the catalogue, from one snapshot, for a unit within the caller's grants."""

from __future__ import annotations

from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine

from services.reporting.domain.reports import CATALOGUE
from services.reporting.domain.reports.frame import Asked, Document
from services.reporting.use_cases import asking
from services.reporting.use_cases.asking import NotFoundError, Wanted
from shared.audit import Act
from shared.clock import end_of_day
from shared.database import transaction
from shared.identity import Principal, Rule


def listed() -> list[Document]:
    """The catalogue: each report with its figures, rates and what they divide by (REP-1, REP-3)."""
    return [report.described() for report in CATALOGUE.values()]


async def answer(
    snapshots: AsyncEngine,
    act: Act,
    principal: Principal,
    rule: Rule,
    name: str,
    wanted: Wanted,
    *,
    first: date | None = None,
    last: date | None = None,
) -> Document:
    """The report. `snapshots` gives transactions that see one state of the database from beginning to end; `first` and
    `last` are Vietnamese days, inclusive, of a report over days (None: those on which anything moved).

    Raises NotFoundError where there is no such report, or no such unit within the grants the rule names; BadSpanError.
    """
    report = CATALOGUE.get(name)
    if report is None:
        raise NotFoundError
    async with transaction(snapshots, act.province_id) as connection:
        found = await asking.find(connection, act, principal, rule, wanted)
        unit, tree, counter = found.unit, found.tree, found.counter
        days = await counter.days(unit, wanted.as_of, first, last) if "days" in report.reads else None
        as_of = wanted.as_of if days is None else min(wanted.as_of, end_of_day(days.last))
        frame = await counter.frame(unit, as_of)
        # A unit alone of its kind is ranked with nobody; the others need their neighbours' figures.
        ranked = "above" in report.reads and len(tree.siblings(unit)) > 1
        above = await counter.frame(tree.parent(unit), as_of) if ranked else None
        stand = await counter.standings(unit, as_of, frame.whole[0]) if "standings" in report.reads else ()
        surveys = await counter.surveys(unit, as_of) if "surveys" in report.reads else ()
    return report.compose(
        Asked(
            unit=unit,
            as_of=as_of,
            structure=wanted.structure,
            tree=tree,
            frame=frame,
            above=above,
            days=days,
            standings=stand,
            surveys=surveys,
        )
    )
