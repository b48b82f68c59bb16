"""The report's figures over time: when each began and ceased to hold for one learner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from services.grading.domain.assessment.case import FIGURES, Movement
from services.grading.domain.assessment.standing import GRADED, LMS_MET, LOGGED_IN, STUDYING, SUBMITTED

EVIDENCED: Final = {
    "logged_in": LOGGED_IN,
    "studying": STUDYING,
    "submitted": SUBMITTED,
    "graded": GRADED,
    "lms_met": LMS_MET,
}
ORDER: Final = {figure: place for place, figure in enumerate(FIGURES)}

MOST_TURNS: Final = 100
"""Movements of one figure that are said: a state that grew with each turn of a vendor's word could not travel."""

Course = list[tuple[datetime, bool]]


def bits_over_time(changes: Iterable[tuple[datetime, int]], bit: int) -> Course:
    """When a figure of the fold began and ceased to hold, from false on."""
    course: Course = []
    held = 0
    for at, bits in changes:
        if (bits & bit) != held:
            held = bits & bit
            course.append((at, held != 0))
    return course


def owed_over_time(changes: Iterable[tuple[datetime, int]], bit: int, enrolled_at: datetime) -> Course:
    """When the learner owed something: from her enrolment on, whatever she had done before it."""
    owes = True
    course: Course = []
    begun = False
    for at, bits in changes:
        now = bits & bit != 0
        if at > enrolled_at and not begun:
            begun = True
            if owes:
                course.append((enrolled_at, True))
        if begun and now != owes:
            course.append((at, now))
        owes = now
    if not begun and owes:
        course.append((enrolled_at, True))
    return course


def movements(courses: Mapping[str, Course], withdrawn_at: datetime | None) -> tuple[Movement, ...]:
    """All movements in the order of time, at one instant in the order of FIGURES.

    Withdrawal ends every figure at its instant, and nothing moves afterwards: evidence that still comes is
    kept and read, but a withdrawn enrolment is in no figure of the report.
    """
    moved: list[Movement] = []
    for figure, course in courses.items():
        held = False
        for at, holds in _said(course):
            if withdrawn_at is not None and at >= withdrawn_at:
                break
            moved.append(Movement(figure, at, 1 if holds else -1))
            held = holds
        if held and withdrawn_at is not None:
            moved.append(Movement(figure, withdrawn_at, -1))
    moved.sort(key=_place)
    return tuple(moved)


def turns_too_often(courses: Mapping[str, Course]) -> bool:
    """Whether movements are left out: how the figures stand at the end is right, in between it is not known."""
    return any(len(course) > MOST_TURNS for course in courses.values())


def _said(course: Course) -> Course:
    """A course, or the first half of what may be said of it and the end: pairs in between cancel each other out."""
    if len(course) <= MOST_TURNS:
        return course
    half = MOST_TURNS // 2
    return course[:half] + course[-half - len(course) % 2 :]


def _place(movement: Movement) -> tuple[datetime, int]:
    return movement.at, ORDER[movement.figure]
