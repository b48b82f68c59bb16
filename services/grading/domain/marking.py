"""Marks given here: who may give one, of which paper, and what it comes to by the scheme's criteria.

Rules: contracts, section 2 (the highest marked attempt counts, within one attempt the newest mark); ASS-7 (who studies
a subject as secondary or for reference is not marked), ASS-8 (nobody marks herself; who marked speaks for the core
team and in no other role), ASS-9 (a changed mark says why, and the old one stays).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter

from services.grading.domain.assessment.assess import BY_TIME, fold
from services.grading.domain.assessment.case import Case
from services.grading.domain.assessment.papers import Paper
from services.grading.domain.assessment.standing import Standing
from services.grading.domain.evidence import Mark, Marking, Points
from services.grading.domain.rubric import ESSAY, FINAL, SCALE, Rubric, Rubrics
from services.grading.domain.verdicts import Role

_Before = tuple[tuple[datetime, str], Mark]
"""A mark with its place in the order of time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A mark as somebody would give it. `paper`: "final" or "essay:<name>"; `points`: by the criterion's code."""

    paper: str
    attempt: int
    points: tuple[tuple[str, Decimal], ...]
    comment: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """Who would give it and when; `person` and `learner` are ids, `event_id` the mark's own."""

    account: str
    person: str
    learner: str
    at: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A member of what was sent by its path, and what is wrong with it."""

    path: tuple[str | int, ...]
    message: str


class NotHersToMarkError(Exception):
    """Separation of duties forbids it."""


class MarkRefusedError(Exception):
    """Where the learner stands, this mark may not be given."""


class BadMarkError(ValueError):
    """What was sent is no mark by the criteria; `faults` says where."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__()
        self.faults = faults


def demand_hers(marker: Marker, given: Iterable[tuple[Role, str]]) -> None:
    """Raises NotHersToMarkError. `given`: every verdict, approval and mark so far as (role, person id)."""
    if marker.person == marker.learner:
        raise NotHersToMarkError("nobody marks her own paper")
    if any(role != "core_team" and person == marker.person for role, person in given):
        raise NotHersToMarkError("this person has already decided on this learner in another role")


def demand_marked(case: Case, kind: str) -> None:
    """Whether papers of this enrolment are marked at all. Raises MarkRefusedError."""
    if case.withdrawn_at is not None:
        raise MarkRefusedError("the learner has been withdrawn")
    if kind != "main":
        raise MarkRefusedError("a subject studied as secondary or for reference is not marked")


def mark_of(case: Case, rubrics: Rubrics | None, wanted: Wanted, marker: Marker) -> tuple[Mark, Mark | None]:
    """The mark, and the one of the same attempt that it takes the place of. Raises MarkRefusedError, BadMarkError."""
    if rubrics is None:
        raise MarkRefusedError("the scheme has no criteria to mark by")
    paper = _papers(case).get(wanted.paper)
    if paper is None:
        raise BadMarkError((Fault(("paper",), "the course has no such paper"),))
    before = _newest(case, wanted)
    _demand_counts(paper, before, wanted, marker)
    rubric = rubrics.of(wanted.paper)
    faults = tuple(_faults(rubric, wanted, changes=before is not None))
    if faults:
        raise BadMarkError(faults)
    given = dict(wanted.points)
    points = tuple(Points(one.code, _plain(given[one.code]), one.most) for one in rubric.criteria)
    marking = Marking(rubrics.version, points, marker.person, _kept(wanted.comment), _kept(wanted.reason))
    score = _plain(sum((one.points for one in points), Decimal()))
    mark = Mark(_essay(wanted.paper), wanted.attempt, score, SCALE, marker.account, marking)
    return mark, None if before is None else before[1]


def _papers(case: Case) -> dict[str, Paper]:
    standing = Standing(case.scheme, case.composition)
    fold(standing, sorted(case.evidence, key=BY_TIME), case.closes_at)
    return standing.papers


def _newest(case: Case, wanted: Wanted) -> _Before | None:
    """The mark of this attempt that counts so far."""
    essay = _essay(wanted.paper)
    marks = [
        ((piece.at, piece.event_id), piece.facts)
        for piece in case.evidence
        if isinstance(piece.facts, Mark) and (piece.facts.essay, piece.facts.attempt) == (essay, wanted.attempt)
    ]
    return max(marks, key=itemgetter(0), default=None)


def _demand_counts(paper: Paper, before: _Before | None, wanted: Wanted, marker: Marker) -> None:
    """A mark that would change nothing is refused, so that nobody believes it counted."""
    if wanted.attempt not in paper.attempts:
        raise MarkRefusedError("this attempt was not handed in")
    if paper.marked > wanted.attempt:
        raise MarkRefusedError("a later attempt is marked already")
    if before is not None and (marker.at, marker.event_id) <= before[0]:
        raise MarkRefusedError("a newer mark of this attempt is there already")


def _faults(rubric: Rubric, wanted: Wanted, *, changes: bool) -> Iterator[Fault]:
    most = {one.code: one.most for one in rubric.criteria}
    named: set[str] = set()
    for place, (code, points) in enumerate(wanted.points):
        if code not in most:
            yield Fault(("criteria", place, "code"), "there is no such criterion")
        elif code in named:
            yield Fault(("criteria", place, "code"), "the criterion is named twice")
        elif not 0 <= points <= most[code]:
            yield Fault(("criteria", place, "points"), f"must be from 0 to {most[code]}")
        named.add(code)
    for code in most:
        if code not in named:
            yield Fault(("criteria",), f"no points for the criterion {code}")
    if changes and _kept(wanted.reason) is None:
        yield Fault(("reason",), "a changed mark needs a reason")


def _essay(paper: str) -> str | None:
    return None if paper == FINAL else paper.removeprefix(ESSAY)


def _kept(text: str | None) -> str | None:
    return (text or "").strip() or None


def _plain(number: Decimal) -> Decimal:
    """The same number in its shortest digits, without an exponent: 7.50 is kept as 7.5, 1E+1 as 10."""
    return Decimal(f"{(number + 0).normalize():f}")
