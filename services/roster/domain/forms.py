"""The four forms by which core teachers and schools say who is in trouble, and who is missing from the lists.

Source: Bình Phước, dispatch on module 1 of 2021, parts 1.5, 2.8 and 3.5 (Mẫu số 1 to 4); rule WFL-4. A row waits until
it has an answer. Forms 1 and 3, and 2 and 4, speak of the same people from two sides: where they differ, somebody errs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Literal
from uuid import UUID


class Form(IntEnum):
    """By the numbers that they are printed with."""

    CLASS_TROUBLE = 1
    """A core teacher: learners of her class who need help."""
    CLASS_ADDITIONS = 2
    """A core teacher: people who belong into her class and are not in its list."""
    SCHOOL_CORRECTIONS = 3
    """A school: people of hers whose data is wrong, or who need help."""
    SCHOOL_ADDITIONS = 4
    """A school: people of hers who are in no list."""

    @property
    def of_class(self) -> bool:
        """Filled in by a core teacher for one class; else by a school."""
        return self in (Form.CLASS_TROUBLE, Form.CLASS_ADDITIONS)

    @property
    def adds(self) -> bool:
        """Names people whom the lists do not have yet."""
        return self in (Form.CLASS_ADDITIONS, Form.SCHOOL_ADDITIONS)


class Need(StrEnum):
    """What is asked for one person."""

    ACCOUNT = "account"
    LOG_IN = "log_in"
    REGISTRATION = "registration"
    DUPLICATE_ACCOUNT = "duplicate_account"
    CORRECTION = "correction"
    SUPPORT = "support"
    ADDITION = "addition"


Outcome = Literal["done", "refused"]


@dataclass(frozen=True, kw_only=True)
class Stated:
    """One row as far as the two sides are compared by it. `person_id` is None for whom the lists do not have."""

    row_id: UUID
    form: Form
    need: Need
    person_id: UUID | None
    search_key: str
    birth_date: date | None
    answered_at: datetime | None = None

    @property
    def who(self) -> Hashable:
        """The same for the same person on either side; without a known id, name and birth date are all there is."""
        return self.person_id or (self.search_key, self.birth_date)


Difference = Literal["core_team_only", "school_only", "needs_differ"]


@dataclass(frozen=True)
class Disagreement:
    """A person of whom core teacher and school do not say the same."""

    kind: Difference
    core_team: Sequence[Stated]
    school: Sequence[Stated]


def is_due(form: Form, need: Need) -> bool:
    """Whether a form has room for a need: the lists' additions are forms 2 and 4, all else forms 1 and 3."""
    return form.adds is (need is Need.ADDITION)


def disagreements(rows: Iterable[Stated]) -> list[Disagreement]:
    """Where the two sides differ, in the order in which the rows come. What was answered counts like what waits: a
    school that was answered has said it all the same."""
    sides: dict[tuple[bool, Hashable], tuple[list[Stated], list[Stated]]] = defaultdict(lambda: ([], []))
    for row in rows:
        core_team, school = sides[row.form.adds, row.who]
        (core_team if row.form.of_class else school).append(row)
    found: list[Disagreement] = []
    for core_team, school in sides.values():
        kind = _difference(core_team, school)
        if kind is not None:
            found.append(Disagreement(kind, core_team, school))
    return found


def _difference(core_team: Sequence[Stated], school: Sequence[Stated]) -> Difference | None:
    if not school:
        return "core_team_only"
    if not core_team:
        return "school_only"
    return None if {row.need for row in core_team} == {row.need for row in school} else "needs_differ"
