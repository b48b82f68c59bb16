"""What grading says: the result of one enrolment (the aggregate's id is the enrolment's)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events.envelope import Instant, State, Step
from shared.events.roster import SchemeRef

GateState = Literal["waiting", "met", "refused"]
Status = Literal["not_started", "studying", "in_verdict", "refused", "recognised", "review", "withdrawn"]


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """On 100, two places, half-up, as text; null while a part is open. Decisions were taken on the exact values."""

    diligence: str | None
    process: str | None
    final: str | None
    total: str | None


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """False until done."""

    survey: bool
    profile: bool


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One gate: who said so, when it took effect, and why not."""

    state: GateState
    by: str | None = None
    at: Instant | None = None
    reasons: list[str] = msgspec.field(default_factory=list)
    holder: str | None = None


class Gates(msgspec.Struct, frozen=True, kw_only=True):
    """The three gates in their order, then the list."""

    lms: Gate
    core_team: Gate
    institution: Gate
    list: Gate


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What is undone and who holds it."""

    what: str
    holder: str


class Unmarked(msgspec.Struct, frozen=True, kw_only=True):
    """A paper handed in that waits for its mark: "final" or "essay:<name>", its newest attempt, since when."""

    paper: str
    attempt: int
    since: Instant


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the report that began (`delta` 1) or ceased (-1) to hold for this enrolment, by effective time."""

    figure: str
    at: Instant
    delta: Literal[1, -1]


class Satisfaction(msgspec.Struct, frozen=True, kw_only=True):
    """The end-of-course survey's answers, 1 to 5."""

    content: int
    organisation: int
    staff: int
    at: Instant


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """What the approved list froze; a certificate prints this and nothing newer."""

    list_id: UUID
    list_title: str
    approved_at: Instant
    approved_by: str
    name: str
    birth_date: date | None
    unit_id: UUID
    unit_name: str
    unit_path: list[UUID]
    class_code: str
    position: str
    course: str
    course_title: str
    subject: str
    level: str
    audience: str
    periods: int
    starts_on: date
    ends_on: date
    scores: Scores


class Result(State, frozen=True, kw_only=True):
    """Where one learner stands in one course, with what is missing and every dated movement of the report."""

    AGGREGATE: ClassVar[str] = "result"
    EVENTS: ClassVar[tuple[str, ...]] = ("learner_active", "graded", "passed", "pass_withdrawn")
    SERVICE: ClassVar[str] = "grading"

    enrolment_id: UUID
    person_id: UUID
    class_id: UUID
    unit_id: UUID
    first_login_at: Instant | None
    registered_at: Instant | None
    scores: Scores
    conditions: Conditions
    gates: Gates
    status: Status
    missing: list[Missing]
    scheme: SchemeRef
    flags: list[str]
    movements: list[Movement]
    satisfaction: Satisfaction | None = None
    recognition: Recognition | None = None
    pass_withdrawn_at: Instant | None = None
    steps: list[Step] = msgspec.field(default_factory=list)
    unmarked: list[Unmarked] = msgspec.field(default_factory=list)
