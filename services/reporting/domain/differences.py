"""What a batch of changed seats does to the stored rows, so that rows depend on the states alone and never on the order
in which they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.reporting.domain.seats import Enrolled, Movement, Seat, in_force, place_of, vietnamese_day
from services.reporting.domain.stages import Span, spans

SeatKey = tuple[UUID, UUID]
"""(province, seat)"""
DayKey = tuple[UUID, UUID, UUID, date]
"""(province, place, offering, Vietnamese day)"""
StandingKey = tuple[UUID, UUID, UUID]
"""(province, place, offering)"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the rows have of a seat."""

    movements: tuple[Movement, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What a batch changes in the stored rows."""

    gone: list[tuple[SeatKey, Movement]] = field(default_factory=list)
    put: list[tuple[SeatKey, Movement]] = field(default_factory=list)
    days: dict[DayKey, Counter[str]] = field(default_factory=dict)
    left: list[tuple[SeatKey, Span]] = field(default_factory=list)
    entered: list[tuple[SeatKey, Span]] = field(default_factory=list)

    def add(self, key: SeatKey, before: Seat, stored: Stored, after: Seat) -> None:
        """Takes in one seat: `stored` is what the rows have of it, counted at the place of `before`."""
        new = {(one.figure, one.at): one for one in in_force(after)}
        old = {(one.figure, one.at): one for one in stored.movements}
        self.gone.extend((key, one) for name, one in old.items() if name not in new)
        self.put.extend((key, one) for name, one in new.items() if old.get(name) != one)
        standing = {span.since: span for span in spans(after)}
        known = {span.since: span for span in stored.spans}
        self.left.extend((key, span) for since, span in known.items() if since not in standing)
        self.entered.extend((key, span) for since, span in standing.items() if known.get(since) != span)
        if before.enrolled is not None:
            self._count(key[0], before.enrolled, old.values(), -1)
        if after.enrolled is not None:
            self._count(key[0], after.enrolled, new.values(), 1)

    def _count(self, province_id: UUID, enrolled: Enrolled, movements: Iterable[Movement], sign: int) -> None:
        place = place_of(enrolled.unit_path)
        for one in movements:
            key = (province_id, place, enrolled.offering_id, vietnamese_day(one.at))
            self.days.setdefault(key, Counter())[one.figure] += sign * one.delta

    def deltas(self) -> list[tuple[DayKey, Mapping[str, int]]]:
        """The days that change, sorted by key: every writer then locks the rows in the same order."""
        return sorted(
            ((key, counts) for key, counts in self.days.items() if any(counts.values())), key=lambda row: row[0]
        )

    def standing(self) -> list[tuple[StandingKey, Mapping[str, int]]]:
        """The same without the days: the sums of all days that change, sorted by key."""
        sums: dict[StandingKey, Counter[str]] = {}
        for (province_id, place, offering, _), counts in self.days.items():
            found = sums.setdefault((province_id, place, offering), Counter())
            for figure, delta in counts.items():
                found[figure] += delta
        return sorted(((key, counts) for key, counts in sums.items() if any(counts.values())), key=lambda row: row[0])
