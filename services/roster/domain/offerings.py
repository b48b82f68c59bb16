"""What an offering must be before it is taken: what is wrong with it later is wrong for each of its enrolments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fault:
    """A member of an offering by its path, and what is wrong with it."""

    path: tuple[str | int, ...]
    message: str


def term_faults(*, level: str | None, opens_at: datetime, closes_at: datetime) -> Iterator[Fault]:
    """What is wrong with level and time; `level` is None where it is not known."""
    if level is None:
        yield Fault(("level",), "unknown")
    if closes_at <= opens_at:
        yield Fault(("closes_at",), "not after opens_at")


def composition_faults(*, materials: int, questions: int, essays: Sequence[str], process: bool) -> Iterator[Fault]:
    """What is wrong with what the course has: how many materials and tasks, how many questions in the quiz, each at
    least 0, and the essays' names in NFC.

    `process`: the scheme takes the mean of the quiz and the essays (Kế hoạch Long An 2020, 2.c), so that nobody could
    ever pass a course with neither (rule ASS-12: a part that does not exist is no silent 0).
    """
    seen: set[str] = set()
    for place, name in enumerate(essays):
        if name in seen:
            yield Fault(("composition", "essays", place), "named before")
        seen.add(name)
    if not (materials or questions or essays):
        yield Fault(("composition",), "empty")
    elif process and not (questions or essays):
        yield Fault(("composition",), "neither a quiz nor an essay, and the scheme judges them")
