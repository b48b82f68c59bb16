"""The board of markers: who holds how many papers that wait, since when (rule WFL-9: backlog shown by age).

A class's first grader holds its papers, as she holds the core team's gate; a class without one holds them for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, slots=True)
class Grader:
    """A core teacher of a class."""

    person_id: UUID
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits in one class; `graders` in their order."""

    class_id: UUID
    code: str
    course: str
    graders: tuple[Grader, ...]
    papers: int
    finals: int
    learners: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What one grader holds, over all her classes; None: what nobody holds."""

    grader: Grader | None
    classes: tuple[Waiting, ...]

    @property
    def papers(self) -> int:
        """How many wait."""
        return sum(one.papers for one in self.classes)

    @property
    def finals(self) -> int:
        """Final assignments among them; the others are essays."""
        return sum(one.finals for one in self.classes)

    @property
    def learners(self) -> int:
        """Enrolments that wait."""
        return sum(one.learners for one in self.classes)

    @property
    def oldest_at(self) -> datetime:
        """Since when the longest waits."""
        return min(one.oldest_at for one in self.classes)


def board(classes: Iterable[Waiting]) -> list[Held]:
    """By whoever holds the most, then the longest."""
    held: dict[str | None, list[Waiting]] = {}
    for one in classes:
        held.setdefault(one.graders[0].account if one.graders else None, []).append(one)
    found = [Held(rows[0].graders[0] if rows[0].graders else None, tuple(rows)) for rows in held.values()]
    return sorted(found, key=lambda one: (-one.papers, one.oldest_at, one.grader.account if one.grader else ""))


def waiting_days(since: datetime, now: datetime) -> int:
    """Whole Vietnamese calendar days from the day it was handed in; 0 on the same day."""

    def day(instant: datetime) -> date:
        return instant.astimezone(VIETNAM).date()

    return max((day(now) - day(since)).days, 0)
