"""What every report is made of: figures counted at one instant, rates that name what they divide, a table to print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from services.reporting.domain.seats import COUNTED
from services.reporting.domain.units import Tree

Structure = Literal["then", "today"]
Counts = Literal["persons", "enrolments", "classes", "answers"]
Document = dict[str, Any]
"""A report as it is answered in JSON."""
Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: what it counts, and its definition for people."""

    name: str
    counts: Counts
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Rate:
    """One ratio of two figures that count the same thing (REP-3)."""

    name: str
    numerator: str
    denominator: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be said beside figures."""

    figures: tuple[str, ...]
    vi: str
    en: str

    def said(self) -> Document:
        """As every report carries it."""
        return {"figures": list(self.figures), "vi": self.vi, "en": self.en}


@dataclass(frozen=True, slots=True)
class Heads:
    """Figures counted distinct at one node."""

    persons: int = 0
    classes: int = 0
    with_account: int = 0
    logged_in: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """What an offering is about."""

    course: str
    subject: str
    level: str
    audience: str


Sums = tuple[int, ...]
"""The figures that add up, in the order of COUNTED."""
NOTHING: Final[Sums] = (0,) * len(COUNTED)


@dataclass(frozen=True, slots=True)
class Frame:
    """All that was counted for one asked unit at one instant. Sums add up; heads do not.

    A row's unit is a unit directly below the asked one, or the asked one itself for what sits directly at it.
    """

    whole: Sums
    unit_sums: Mapping[UUID, Sums]
    offering_sums: Mapping[UUID, Sums]
    total: Heads
    unit_heads: Mapping[UUID, Heads]
    offering_heads: Mapping[UUID, Heads]
    courses: Mapping[UUID, Course] = field(default_factory=dict)

    def by_course(self) -> list[tuple[UUID, Course]]:
        """The offerings in the order of reports."""
        return sorted(self.courses.items(), key=lambda row: (row[1].audience, row[1].level, row[1].course, row[0]))


def rolled_up(cells: Iterable[tuple[UUID, UUID, Sums]]) -> tuple[Sums, dict[UUID, Sums], dict[UUID, Sums]]:
    """`(unit, offering, sums)` added up: all of them, by unit, by offering. Any total equals its parts (REP-2)."""
    whole = NOTHING
    units: dict[UUID, Sums] = {}
    offerings: dict[UUID, Sums] = {}
    for unit, offering, sums in cells:
        whole = _plus(whole, sums)
        units[unit] = _plus(units.get(unit, NOTHING), sums)
        offerings[offering] = _plus(offerings.get(offering, NOTHING), sums)
    return whole, units, offerings


def _plus(one: Sums, other: Sums) -> Sums:
    return tuple(map(int.__add__, one, other))


@dataclass(frozen=True, slots=True)
class Standing:
    """How many enrolments of one offering stand in one stage, in one row of the asked unit."""

    unit: UUID
    offering: UUID
    stage: str
    number: int


@dataclass(frozen=True, slots=True)
class Answered:
    """How many gave these three answers of 1 to 5 (content, organisation, staff), of one offering in one row."""

    unit: UUID
    offering: UUID
    answers: tuple[int, int, int]
    number: int


@dataclass(frozen=True, slots=True)
class Days:
    """What moved on each Vietnamese day up to the last of the answer, by figure, and the days asked for (both
    inclusive). None where nobody was ever enrolled."""

    moved: Mapping[date, Mapping[str, int]]
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, with the tree that the answer is laid out by and what was counted for it.

    `above`: the frame of the unit above, whose rows hold the units the asked one is ranked with; None where it stands
    alone. What a report does not read (`Report.reads`) is None or empty.
    """

    unit: UUID
    as_of: datetime
    structure: Structure
    tree: Tree
    frame: Frame
    above: Frame | None = None
    days: Days | None = None
    standings: Sequence[Standing] = ()
    surveys: Sequence[Answered] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A report as rows, the same numbers as the document's."""

    header: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    remarks: Sequence[str]


Part = Literal["above", "days", "standings", "surveys"]
"""What a report reads beside its frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of the catalogue."""

    name: str
    title_vi: str
    title_en: str
    figures: tuple[Figure, ...]
    rates: tuple[Rate, ...]
    notes: tuple[Note, ...]
    compose: Callable[[Asked], Document]
    table: Callable[[Document], Table]
    reads: frozenset[Part] = frozenset()

    def described(self) -> Document:
        """The report's entry in the list: every figure and rate with what it counts and how it is defined."""
        counts = {figure.name: figure.counts for figure in self.figures}
        return {
            "name": self.name,
            "title": {"vi": self.title_vi, "en": self.title_en},
            "structures": ["then", "today"],
            "formats": ["json", "csv", "xlsx"],
            "figures": [
                {"name": one.name, "counts": one.counts, "definition": {"vi": one.vi, "en": one.en}}
                for one in self.figures
            ],
            "rates": [
                {
                    "name": rate.name,
                    "numerator": rate.numerator,
                    "denominator": rate.denominator,
                    "counts": counts[rate.denominator],
                    "definition": {"vi": rate.vi, "en": rate.en},
                }
                for rate in self.rates
            ],
        }


def head(tree: Tree, unit: UUID) -> Document:
    """A unit as reports name it: by what it is called on the tree's day."""
    named = tree.named(unit)
    return {
        "id": str(unit),
        "code": named.code if named else None,
        "name": named.name if named else None,
        "kind": named.kind if named else None,
    }
