"""Answers a report of the catalogue, from one snapshot, for a unit within the caller's grants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.reporting.domain.reports import CATALOGUE
from services.reporting.domain.reports.frame import Asked, Days, Document, Frame, Structure
from services.reporting.domain.units import Tree, bucket
from services.reporting.store import by_day, counts, units
from shared.audit import Act
from shared.clock import end_of_day, start_of_day, vietnamese_day
from shared.database import transaction
from shared.identity import Principal, Resource, Rule, allowed

log = structlog.get_logger()

MISMATCHES = Counter("report_mismatches_total", "Reports whose daily deltas disagree with their seats")


class NotFoundError(LookupError):
    """No such report, or no such unit within reach: the caller cannot tell which."""


MOST_DAYS = 1_100
"""Days that one answer shows: three years."""


class BadSpanError(ValueError):
    """The days asked for end before they begin, or are too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A report, and how it was asked for. `offering`: an id or a course code; `unit`: an id or a code on the day;
    None: the highest unit the caller has. `first` and `last`: Vietnamese days, inclusive, of a report over days; None:
    the first and the last on which anything moved."""

    report: str
    unit: str | None
    offering: str | None
    as_of: datetime
    structure: Structure
    first: date | None = None
    last: date | None = None


def listed() -> list[Document]:
    """The catalogue: each report with its figures, rates and what they divide by (REP-1, REP-3)."""
    return [report.described() for report in CATALOGUE.values()]


async def answer(snapshots: AsyncEngine, act: Act, principal: Principal, rule: Rule, wanted: Wanted) -> Document:
    """The report. `snapshots` gives transactions that see one state of the database from beginning to end.

    Raises NotFoundError where there is no such report, or no such unit within the grants the rule names; BadSpanError.
    """
    report = CATALOGUE.get(wanted.report)
    if report is None:
        raise NotFoundError
    async with transaction(snapshots, act.province_id) as connection:
        known = await units.units(connection, act.province_id)
        today = Tree(known, vietnamese_day(act.at))
        then = Tree(known, vietnamese_day(wanted.as_of))
        tree = then if wanted.structure == "then" else today
        unit = _unit(wanted, principal, rule, today, then, act.province_id)
        counter = _Counter(connection, act.province_id, wanted, tree, await _offerings(connection, act, wanted))
        await counter.read()
        days = await counter.days(unit) if "days" in report.reads else None
        as_of = wanted.as_of if days is None else min(wanted.as_of, end_of_day(days.last))
        frame = await counter.frame(unit, as_of)
        # A unit alone of its kind is ranked with nobody; the others need their neighbours' figures.
        ranked = "above" in report.reads and len(tree.siblings(unit)) > 1
        above = await counter.frame(tree.parent(unit), as_of) if ranked else None
    return report.compose(
        Asked(unit=unit, as_of=as_of, structure=wanted.structure, tree=tree, frame=frame, above=above, days=days)
    )


def _unit(wanted: Wanted, principal: Principal, rule: Rule, today: Tree, then: Tree, province_id: UUID) -> UUID:
    """Scope is resolved in today's tree: a merged unit moves its people's scope with it."""
    if wanted.unit is None:
        held = {grant.unit_id or province_id for grant in principal.grants if grant.role in rule.roles}
        tops = sorted((len(today.path(unit)), today.order(unit), unit) for unit in held if unit in today)
        unit = tops[0][2] if tops else None
    else:
        unit = then.find(wanted.unit) or today.find(wanted.unit)
    if unit is None or not allowed(principal, rule, Resource(unit_path=today.path(unit))):
        raise NotFoundError
    return unit


async def _offerings(connection: AsyncConnection, act: Act, wanted: Wanted) -> tuple[UUID, ...] | None:
    if wanted.offering is None:
        return None
    try:
        return (UUID(wanted.offering),)
    except ValueError:
        return await counts.offerings_of_course(connection, act.province_id, wanted.offering)


class _Counter:
    """Counts for several units of one report, in one structure."""

    def __init__(
        self,
        connection: AsyncConnection,
        province_id: UUID,
        wanted: Wanted,
        tree: Tree,
        offerings: tuple[UUID, ...] | None,
    ) -> None:
        self._connection = connection
        self._province_id = province_id
        self._wanted = wanted
        self._tree = tree
        self._offerings = offerings
        self._paths: dict[UUID, tuple[UUID, ...]] = {}

    async def read(self) -> None:
        """Where each place counts: at its own path, or at the one its leaf has in today's tree."""
        for place, path in await units.places(self._connection, self._province_id):
            self._paths[place] = path if self._wanted.structure == "then" else self._tree.home(path[-1])

    def _rows(self, unit: UUID | None) -> dict[UUID, UUID]:
        return {place: row for place, path in self._paths.items() if (row := bucket(path, unit)) is not None}

    async def days(self, unit: UUID) -> Days | None:
        """What moved on each day up to the last one asked for. Raises BadSpanError."""
        wanted = self._wanted
        today = vietnamese_day(wanted.as_of)
        last = min(wanted.last or today, today)
        moved = await by_day.moved(self._connection, self._province_id, list(self._rows(unit)), self._offerings, last)
        if not moved:
            return None
        first = wanted.first or min(moved)
        # After the last movement all days are alike: they are shown where they are asked for.
        last = last if wanted.last is not None else min(max([*moved, first]), today)
        if last < first or (last - first).days >= MOST_DAYS:
            raise BadSpanError(f"from, to: one to {MOST_DAYS} days")
        return Days(moved, first, last)

    async def frame(self, unit: UUID | None, as_of: datetime) -> Frame:
        """Everything counted for one unit (None: for those that have no unit above) at one instant."""
        rows = self._rows(unit)
        before, since = _days(as_of)
        counted = await counts.count(
            self._connection,
            counts.Counting(
                province_id=self._province_id,
                as_of=as_of,
                before=before,
                since=since,
                rows=rows,
                offerings=self._offerings,
            ),
        )
        if counted.seats != counted.frame.whole[0]:
            MISMATCHES.inc()
            log.error("report_mismatch", seats=counted.seats, deltas=counted.frame.whole[0])
        return counted.frame


def _days(as_of: datetime) -> tuple[date, datetime | None]:
    """Whole days end before the first of the answer; from the second on single movements count."""
    day = vietnamese_day(as_of)
    if as_of >= end_of_day(day):
        return day + timedelta(days=1), None
    return day, start_of_day(day)
