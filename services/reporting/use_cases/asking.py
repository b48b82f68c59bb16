"""Finding what a report is asked of: the unit within the caller's grants, the tree, and where each place counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter as Metric
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.reports.frame import Answered, Days, Frame, Standing, Structure
from services.reporting.domain.units import Tree, bucket
from services.reporting.store import by_day, counts, standings, surveys, units
from services.reporting.store.counts import Counting
from shared.audit import Act
from shared.clock import end_of_day, start_of_day, vietnamese_day
from shared.identity import Principal, Resource, Rule, allowed

log = structlog.get_logger()

MISMATCHES = Metric("report_mismatches_total", "Reports whose parts disagree on the number of enrolments")

MOST_DAYS = 1_100
"""Days that one answer shows: three years."""


class NotFoundError(LookupError):
    """No such report, or no such unit within reach: the caller cannot tell which."""


class BadSpanError(ValueError):
    """The days asked for end before they begin, or are too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of whom. `offering`: an id or a course code; `unit`: an id or a code on the day; None: the highest
    unit the caller has."""

    unit: str | None
    offering: str | None
    as_of: datetime
    structure: Structure


@dataclass(frozen=True, slots=True)
class Found:
    """The unit that is meant, and what counts for it."""

    unit: UUID
    tree: Tree
    counter: Counter


async def find(connection: AsyncConnection, act: Act, principal: Principal, rule: Rule, wanted: Wanted) -> Found:
    """Raises NotFoundError where there is no such unit within the grants the rule names."""
    known = await units.units(connection, act.province_id)
    today = Tree(known, vietnamese_day(act.at))
    then = Tree(known, vietnamese_day(wanted.as_of))
    tree = then if wanted.structure == "then" else today
    unit = _unit(wanted, principal, rule, today, then, act.province_id)
    # Where each place counts: at its own path, or at the one its leaf has in today's tree.
    paths = {
        place: path if wanted.structure == "then" else tree.home(path[-1])
        for place, path in await units.places(connection, act.province_id)
    }
    offerings = await _offerings(connection, act, wanted)
    return Found(unit, tree, Counter(connection, act.province_id, paths, offerings))


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


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts for several units in one structure, of some offerings (None: all)."""

    connection: AsyncConnection
    province_id: UUID
    paths: dict[UUID, tuple[UUID, ...]]
    offerings: tuple[UUID, ...] | None

    def counting(self, unit: UUID | None, as_of: datetime) -> Counting:
        """What to count for a unit (None: for those that have no unit above) at an instant."""
        before, since = _days(as_of)
        return Counting(
            province_id=self.province_id,
            as_of=as_of,
            before=before,
            since=since,
            rows={place: row for place, path in self.paths.items() if (row := bucket(path, unit)) is not None},
            offerings=self.offerings,
        )

    async def frame(self, unit: UUID | None, as_of: datetime) -> Frame:
        """Everything counted for a unit."""
        counted = await counts.count(self.connection, self.counting(unit, as_of))
        _demand_agreement(counted.seats, counted.frame.whole[0], "deltas")
        return counted.frame

    async def standings(self, unit: UUID, as_of: datetime, enrolments: int) -> list[Standing]:
        """Who stands where; together they are the enrolments."""
        found = await standings.count(self.connection, self.counting(unit, as_of))
        _demand_agreement(sum(one.number for one in found), enrolments, "stages")
        return found

    async def surveys(self, unit: UUID, as_of: datetime) -> list[Answered]:
        """The surveys answered."""
        return await surveys.count(self.connection, self.counting(unit, as_of))

    async def days(self, unit: UUID, as_of: datetime, first: date | None, last: date | None) -> Days | None:
        """What moved on each day up to the last one asked for; None where nobody was ever enrolled. Raises
        BadSpanError."""
        today = vietnamese_day(as_of)
        until = min(last or today, today)
        places = list(self.counting(unit, as_of).rows)
        moved = await by_day.moved(self.connection, self.province_id, places, self.offerings, until)
        if not moved:
            return None
        # After the last movement all days are alike: they are shown where they are asked for.
        end = until if last is not None else min(max([*moved, first or min(moved)]), today)
        # Who names no first day gets the newest ones where the course has gone on for longer.
        begin = first or max(min(moved), end - timedelta(days=MOST_DAYS - 1))
        if end < begin or (end - begin).days >= MOST_DAYS:
            raise BadSpanError(f"from, to: one to {MOST_DAYS} days")
        return Days(moved, begin, end)


def _demand_agreement(counted: int, enrolments: int, what: str) -> None:
    if counted != enrolments:
        MISMATCHES.inc()
        log.error("report_mismatch", counted=counted, enrolments=enrolments, what=what)


def _days(as_of: datetime) -> tuple[date, datetime | None]:
    """Whole days end before the first of the answer; from the second on single movements count."""
    day = vietnamese_day(as_of)
    if as_of >= end_of_day(day):
        return day + timedelta(days=1), None
    return day, start_of_day(day)
