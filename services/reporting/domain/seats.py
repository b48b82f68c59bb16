"""What one enrolment counts for in the reports, and from when: a pure function of the newest states heard of it.

A seat is joined of three aggregates that arrive in any order. `in_force` answers all its movements; what a change of
them does to the stored rows is in `differences.py`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")

ENROLMENTS: Final = "enrolments"
CERTIFIED: Final = "certified"
COUNTED: Final = (
    ENROLMENTS,
    "studying",
    "submitted",
    "graded",
    "lms_met",
    "core_team_met",
    "institution_met",
    "approved",
    CERTIFIED,
    "missing",
)
"""The figures that count enrolments and add up; persons, classes, accounts and log-ins are counted distinct."""
_FROM_GRADING: Final = frozenset(COUNTED) - {ENROLMENTS, CERTIFIED}


@dataclass(frozen=True, slots=True)
class Movement:
    """A figure that began (+1) or ceased (-1) to hold, by effective time (UTC)."""

    figure: str
    at: datetime
    delta: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The enrolment. `unit_path` runs from the province to the leaf as it was then; `with_account_at` is the
    earliest instant from which the learner had an account."""

    person_id: UUID
    class_id: UUID
    unit_path: tuple[UUID, ...]
    offering_id: UUID
    course: str
    subject: str
    level: str
    audience: str
    kind: str
    enrolled_at: datetime
    withdrawn_at: datetime | None
    with_account_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answers:
    """The end-of-course survey: when it was answered, and its three answers of 1 to 5."""

    at: datetime
    content: int
    organisation: int
    staff: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """The result. `movements` as `netted` answers them; `refusals` in the same way: when a person's refusal
    (`core_team:refused`, `institution:refused`, `pass:withdrawn`) began and ceased to stand."""

    first_login_at: datetime | None
    status: str
    movements: tuple[Movement, ...]
    refusals: tuple[Movement, ...] = ()
    answers: Answers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One certificate of the seat."""

    certificate_id: UUID
    issued_at: datetime
    state: Literal["valid", "replaced", "revoked"]
    replaced_by: UUID | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Seat:
    """All that was heard of one enrolment so far."""

    enrolled: Enrolled | None = None
    studied: Studied | None = None
    certificates: tuple[Held, ...] = ()

    def with_certificate(self, held: Held) -> tuple[Held, ...]:
        """The seat's certificates with the newest state of this one, in the order of their ids."""
        others = [one for one in self.certificates if one.certificate_id != held.certificate_id]
        return tuple(sorted([*others, held], key=lambda one: one.certificate_id))


def place_of(unit_path: Sequence[UUID]) -> UUID:
    """The id of a path: a hash of it, so that every order of arrival finds the same."""
    digest = hashlib.blake2b(b"".join(unit.bytes for unit in unit_path), digest_size=16).digest()
    return UUID(bytes=digest)


def vietnamese_day(instant: datetime) -> date:
    """The calendar day of an instant in Vietnam: reports count by it."""
    return instant.astimezone(VIETNAM).date()


def certified(certificates: Sequence[Held]) -> list[Movement]:
    """When the seat held a valid certificate. A replaced one passes on to its replacement without a gap, also while
    the replacement is not yet known here; only a revoked one ends by itself."""
    known = {one.certificate_id: one for one in certificates}
    spans: list[tuple[datetime, datetime | None]] = []
    for one in certificates:
        end: datetime | None = None
        if one.state == "revoked":
            end = one.ended_at or one.issued_at
        elif one.state == "replaced" and one.replaced_by in known:
            end = known[one.replaced_by].issued_at
        if end is None or end > one.issued_at:
            spans.append((one.issued_at, end))
    moved: list[Movement] = []
    until: datetime | None = None
    for start, end in sorted(spans, key=lambda span: span[0]):
        if moved and (until is None or start <= until):
            until = None if until is None or end is None else max(until, end)
            continue
        if moved and until is not None:
            moved.append(Movement(CERTIFIED, until, -1))
        moved.append(Movement(CERTIFIED, start, 1))
        until = end
    if moved and until is not None:
        moved.append(Movement(CERTIFIED, until, -1))
    return moved


def netted(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    """One movement for a figure and instant at most, by time and figure."""
    net: Counter[tuple[datetime, str]] = Counter()
    for one in movements:
        net[one.at, one.figure] += one.delta
    return tuple(Movement(figure, at, delta) for (at, figure), delta in sorted(net.items()) if delta)


def from_grading(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    """Those movements that a result says and that are counted here, netted."""
    return netted(one for one in movements if one.figure in _FROM_GRADING)


def refused(verdicts: Sequence[tuple[str, datetime]]) -> tuple[Movement, ...]:
    """From the verdicts in their order, each as `<gate>:met` or `<gate>:refused`, to when a refusal of a gate stood;
    of several verdicts at one instant the last one counts."""
    moved: list[Movement] = []
    standing: dict[str, bool] = {}
    for what, at in verdicts:
        gate, _, said = what.partition(":")
        refuses = said == "refused"
        if refuses != standing.get(gate, False):
            standing[gate] = refuses
            moved.append(Movement(f"{gate}:refused", at, 1 if refuses else -1))
    return netted(moved)


def in_force(seat: Seat) -> tuple[Movement, ...]:
    """Every movement that the seat counts for now, by time and figure, one for a figure and instant at most.

    None while the enrolment itself is not known. Withdrawal ends every figure: a withdrawn enrolment is in no figure.
    """
    if seat.enrolled is None:
        return ()
    moved = [Movement(ENROLMENTS, seat.enrolled.enrolled_at, 1), *certified(seat.certificates)]
    if seat.studied is not None:
        moved += seat.studied.movements
    end = seat.enrolled.withdrawn_at
    if end is not None:
        moved = [one for one in moved if one.at < end]
        held: Counter[str] = Counter()
        for one in moved:
            held[one.figure] += one.delta
        moved += [Movement(figure, end, -number) for figure, number in held.items() if number]
    return netted(moved)
