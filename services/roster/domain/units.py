"""The dated tree of units: establish, rename, re-parent, abolish, merge (ORG-1 to ORG-7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

ROOTS = frozenset({"institution", "vendor", "ministry"})
"""Kinds that may stand without a parent beside the province."""

FIRST_DAY = date(2000, 1, 1)
"""From when the first tree holds, so that a report as of 2020 has one."""


class UnitChangeError(ValueError):
    """A change that the tree does not allow."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a unit was called and under whom it stood, from a day (inclusive) to another (exclusive)."""

    code: str
    name: str
    kind: str
    parent_id: UUID | None
    valid_from: date
    valid_to: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the period covers a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its periods in order and its successors."""

    unit_id: UUID
    periods: tuple[Period, ...]
    succeeded_by: tuple[UUID, ...] = ()

    def at(self, day: date) -> Period | None:
        """The period that covers a day."""
        return next((p for p in self.periods if p.holds(day)), None)

    @property
    def last(self) -> Period:
        """The newest period."""
        return self.periods[-1]


@dataclass
class Tree:
    """The units of one province while changes are made to them; `steps` holds what happened to each, in order,
    `succeeded` which unit followed which on what day."""

    province_id: UUID
    units: dict[UUID, Unit] = field(default_factory=dict)
    steps: dict[UUID, list[tuple[str, date]]] = field(default_factory=dict)
    succeeded: list[tuple[UUID, UUID, date]] = field(default_factory=list)
    _living: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for unit in self.units.values():
            self._index(unit)

    def _index(self, unit: Unit) -> None:
        for period in unit.periods:
            if unit.last.valid_to is None:
                self._living[period.code] = unit.unit_id
            elif self._living.get(period.code) == unit.unit_id:
                del self._living[period.code]

    def by_code(self, code: str, day: date) -> Unit:
        """The unit that has a code on a day. Raises UnitChangeError."""
        living = self._holder(code)
        candidates = self.units.values() if living is None else (living, *self.units.values())
        for unit in candidates:
            if (period := unit.at(day)) is not None and period.code == code:
                return unit
        raise UnitChangeError(f"no unit has the code {code} on {day.isoformat()}")

    def _put(self, unit: Unit, what: str, day: date) -> None:
        self.units[unit.unit_id] = unit
        self._index(unit)
        self.steps.setdefault(unit.unit_id, []).append((what, day))

    def children(self, unit_id: UUID, day: date) -> Iterator[Unit]:
        """The units directly below one, on a day."""
        for unit in list(self.units.values()):
            period = unit.at(day)
            if period is not None and period.parent_id == unit_id:
                yield unit

    def establish(self, unit_id: UUID, period: Period) -> Unit:
        """A new unit; one that is there just so already is answered as it is, so a repeated call changes nothing."""
        holder = self._holder(period.code)
        if holder is not None:
            there = holder.at(period.valid_from) or holder.last
            same = (there.name, there.kind, there.parent_id) == (period.name, period.kind, period.parent_id)
            if same and (holder.unit_id == self.province_id or there.valid_from == period.valid_from):
                return holder
            raise UnitChangeError(f"the code {period.code} belongs to another unit")
        if period.parent_id is None and period.kind not in ROOTS:
            raise UnitChangeError(f"a unit of kind {period.kind} needs a parent")
        self._demand_parent(unit_id, period.parent_id, period.valid_from)
        unit = Unit(unit_id, (period,))
        self._put(unit, "established", period.valid_from)
        return unit

    def _holder(self, code: str) -> Unit | None:
        living = self._living.get(code)
        return None if living is None else self.units[living]

    def _demand_parent(self, unit_id: UUID, parent_id: UUID | None, day: date) -> None:
        seen = {unit_id}
        while parent_id is not None:
            if parent_id in seen:
                raise UnitChangeError("a unit cannot stand below itself")
            seen.add(parent_id)
            parent = self.units.get(parent_id)
            period = parent.at(day) if parent is not None else None
            if period is None:
                raise UnitChangeError(f"the parent does not exist on {day.isoformat()}")
            parent_id = period.parent_id

    def _open(self, unit: Unit, day: date) -> Period:
        if unit.last.valid_to is not None:
            raise UnitChangeError(f"the unit {unit.last.code} was abolished on {unit.last.valid_to.isoformat()}")
        if day < unit.last.valid_from:
            raise UnitChangeError(f"the unit {unit.last.code} has a later change already")
        return unit.last

    def _turn(self, unit: Unit, period: Period, what: str) -> Unit:
        current = self._open(unit, period.valid_from)
        earlier = unit.periods[:-1]
        if current.valid_from < period.valid_from:
            earlier = (*earlier, replace(current, valid_to=period.valid_from))
        changed = replace(unit, periods=(*earlier, period))
        self._put(changed, what, period.valid_from)
        return changed

    def rename(self, unit: Unit, day: date, *, name: str | None, code: str | None, kind: str | None) -> Unit:
        """Another name, code or kind from a day on."""
        current = self._open(unit, day)
        if code is not None and code != current.code and self._holder(code) not in (None, unit):
            raise UnitChangeError(f"the code {code} belongs to another unit")
        period = replace(
            current, name=name or current.name, code=code or current.code, kind=kind or current.kind, valid_from=day
        )
        return (
            unit if replace(period, valid_from=current.valid_from) == current else self._turn(unit, period, "renamed")
        )

    def move(self, unit: Unit, parent_id: UUID, day: date) -> Unit:
        """Under another parent from a day on."""
        current = self._open(unit, day)
        if current.parent_id == parent_id:
            return unit
        self._demand_parent(unit.unit_id, parent_id, day)
        return self._turn(unit, replace(current, parent_id=parent_id, valid_from=day), "moved")

    def abolish(self, unit: Unit, day: date, successor: Unit | None) -> Unit:
        """Ends a unit. What is below it moves to the successor; without one nothing may be left below (ORG-6)."""
        current = self._open(unit, day)
        if unit.unit_id == self.province_id:
            raise UnitChangeError("a province is not abolished by a change of its own tree")
        if day <= current.valid_from:
            raise UnitChangeError(f"the unit {current.code} has a change on that day already")
        if successor is not None and successor.unit_id == unit.unit_id:
            raise UnitChangeError("a unit cannot succeed itself")
        for child in list(self.children(unit.unit_id, day)):
            if successor is None:
                raise UnitChangeError(f"the unit {current.code} has units below it: name its successor")
            self.move(child, successor.unit_id, day)
        ended = replace(
            unit,
            periods=(*unit.periods[:-1], replace(current, valid_to=day)),
            succeeded_by=unit.succeeded_by if successor is None else (*unit.succeeded_by, successor.unit_id),
        )
        if successor is not None:
            self.succeeded.append((unit.unit_id, successor.unit_id, day))
        self._put(ended, "abolished" if successor is None else "merged", day)
        return ended


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit on a day, with its path from the root (itself last)."""

    unit_id: UUID
    period: Period
    path: tuple[UUID, ...]


def placed(units: Iterable[Unit], day: date) -> dict[UUID, Placed]:
    """Every unit that exists on a day, with its path."""
    there = {unit.unit_id: p for unit in units if (p := unit.at(day)) is not None}
    known: dict[UUID, Placed] = {}
    for unit_id in there:
        way: list[UUID] = []
        step: UUID | None = unit_id
        while step is not None and step in there and step not in known and step not in way:
            way.append(step)
            step = there[step].parent_id
        path = known[step].path if step in known else ()
        for one in reversed(way):
            path = (*path, one)
            known[one] = Placed(one, there[one], path)
    return known
