"""The dated tree of units, resolved for one day. Units may arrive in any order: nothing is kept but their periods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a unit was called, and under whom it stood, from one day (inclusive) to another (exclusive)."""

    code: str
    name: str
    kind: str
    parent_id: UUID | None
    valid_from: date
    valid_to: date | None

    def holds(self, day: date) -> bool:
        """Whether the period covers the day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit; `periods` ordered by their beginning and never empty."""

    id: UUID
    periods: tuple[Period, ...]
    succeeded_by: tuple[UUID, ...] = ()


class Tree:
    """The units as they stand on one day."""

    def __init__(self, units: Iterable[Unit], day: date) -> None:
        self._units = {unit.id: unit for unit in units}
        self._named: dict[UUID, Period] = {}
        self._standing: set[UUID] = set()
        self._ended: set[UUID] = set()
        self._children: dict[UUID | None, list[UUID]] = {}
        for unit in self._units.values():
            now = next((period for period in unit.periods if period.holds(day)), None)
            before = [period for period in unit.periods if period.valid_from <= day]
            self._named[unit.id] = now or (before[-1] if before else unit.periods[0])
            if now is not None:
                self._standing.add(unit.id)
                self._children.setdefault(now.parent_id, []).append(unit.id)
            elif before:
                self._ended.add(unit.id)
        for children in self._children.values():
            children.sort(key=self.order)

    def __contains__(self, unit_id: object) -> bool:
        return unit_id in self._units

    def named(self, unit_id: UUID) -> Period | None:
        """What the unit is called on the day, or where it does not stand on it, in its nearest period before (else
        its first). None where the unit has not been heard of."""
        return self._named.get(unit_id)

    def order(self, unit_id: UUID) -> tuple[str, str]:
        """Sorts units by their code."""
        period = self._named.get(unit_id)
        return (period.code if period else "", str(unit_id))

    def find(self, text: str) -> UUID | None:
        """A unit by its id or by its code on the day."""
        try:
            wanted = UUID(text)
        except ValueError:
            return next((unit for unit in sorted(self._standing) if self._named[unit].code == text), None)
        return wanted if wanted in self._units else None

    def children(self, unit_id: UUID | None) -> list[UUID]:
        """The units directly under this one on the day (None: those under none), by code."""
        return list(self._children.get(unit_id, ()))

    def parent(self, unit_id: UUID) -> UUID | None:
        """The unit above, or None."""
        period = self._named.get(unit_id)
        return period.parent_id if period else None

    def siblings(self, unit_id: UUID) -> list[UUID]:
        """The units of the same kind under the same parent, itself among them: those it is ranked with."""
        period = self._named.get(unit_id)
        if period is None:
            return [unit_id]
        same = {unit for unit in self.children(period.parent_id) if self._named[unit].kind == period.kind}
        return sorted(same | {unit_id}, key=self.order)

    def path(self, unit_id: UUID) -> tuple[UUID, ...]:
        """From the root to the unit. One that was merged away stands under its successor, so that a grant over the
        successor reaches it. Ends at a parent not yet heard of, and never runs in a circle."""
        upward: list[UUID] = []
        at: UUID | None = unit_id
        while at is not None and at not in upward:
            upward.append(at)
            at = self._above(at)
        return tuple(reversed(upward))

    def home(self, unit_id: UUID) -> tuple[UUID, ...]:
        """The path at which people of this unit count on the day: that of the successor of one merged away."""
        path = self.path(unit_id)
        while len(path) > 1 and self._successor(path[-1]) == path[-2]:
            path = path[:-1]
        return path

    def _above(self, unit_id: UUID) -> UUID | None:
        return self._successor(unit_id) or self.parent(unit_id)

    def _successor(self, unit_id: UUID) -> UUID | None:
        """Of one that no longer stands and has exactly one: who went where in a split, only enrolments can say."""
        if unit_id not in self._ended or len(self._units[unit_id].succeeded_by) != 1:
            return None
        return self._units[unit_id].succeeded_by[0]


def bucket(path: tuple[UUID, ...], asked: UUID | None) -> UUID | None:
    """In which row of the asked unit's report a path counts: the unit below it on the path, or itself at its own
    place; None outside. Asked for no unit: the root of the path."""
    if asked is None:
        return path[0] if path else None
    if asked not in path:
        return None
    below = path.index(asked) + 1
    return path[below] if below < len(path) else asked
