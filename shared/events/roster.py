"""What roster says: units, persons, enrolments."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events.envelope import Instant, State, Step


class UnitPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit was called, and under whom it stood, from one day (inclusive) to another (exclusive)."""

    code: str
    name: str
    kind: str
    parent_id: UUID | None
    valid_from: date
    valid_to: date | None


class Unit(State, frozen=True, kw_only=True):
    """A unit of the dated tree. `periods` are ordered by `valid_from` and do not overlap."""

    AGGREGATE: ClassVar[str] = "unit"
    EVENTS: ClassVar[tuple[str, ...]] = ("unit_changed",)
    SERVICE: ClassVar[str] = "roster"

    unit_id: UUID
    periods: list[UnitPeriod]
    succeeded_by: list[UUID] = msgspec.field(default_factory=list)
    steps: list[Step] = msgspec.field(default_factory=list)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A login of a person on the learning platform; an alias keeps its evidence after a merge."""

    account: str
    since: Instant
    until: Instant | None = None


class Person(State, frozen=True, kw_only=True):
    """A person. Identity numbers and phones never travel; `erased` leaves only the id.

    `sort_key` is for lists alone and never shown: compared as bytes it gives the Vietnamese order by given name, then
    family and middle names, letters before tones.
    """

    AGGREGATE: ClassVar[str] = "person"
    EVENTS: ClassVar[tuple[str, ...]] = ("person_changed",)
    SERVICE: ClassVar[str] = "roster"

    person_id: UUID
    name: str | None
    sort_key: str | None
    birth_date: date | None
    accounts: list[Account]
    merged_into: UUID | None = None
    erased: bool = False
    steps: list[Step] = msgspec.field(default_factory=list)


class Learner(msgspec.Struct, frozen=True, kw_only=True):
    """The person of an enrolment as others need her: no identity number, no phone."""

    id: UUID
    name: str
    sort_key: str
    birth_date: date | None


class Composition(msgspec.Struct, frozen=True, kw_only=True):
    """What the course has. The declared numbers rule, whatever an event says."""

    document: int
    graphic: int
    video: int
    task: int
    questions: int
    essays: list[str]


class SchemeRef(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules, in which version, a cohort is judged by."""

    id: str
    version: int


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """The course an enrolment is for. `course` is the vendor's course code, unique within a source for good."""

    id: UUID
    course: str
    title: str
    subject: str
    level: str
    audience: str
    module: str
    periods: int
    composition: Composition
    scheme: SchemeRef


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When the learner may study; `personal` windows open at her own first log-in."""

    kind: Literal["common", "personal", "extension"]
    opens_at: Instant
    closes_at: Instant


class Grader(msgspec.Struct, frozen=True, kw_only=True):
    """A core teacher assigned to the class."""

    person_id: UUID
    account: str


class Enrolment(State, frozen=True, kw_only=True):
    """One person in one class of one offering. `enrolled` and every later event carry all of it."""

    AGGREGATE: ClassVar[str] = "enrolment"
    EVENTS: ClassVar[tuple[str, ...]] = ("enrolled", "enrolment_changed", "withdrawn", "window_changed")
    SERVICE: ClassVar[str] = "roster"

    enrolment_id: UUID
    person: Learner
    accounts: list[Account]
    unit_id: UUID
    unit_name: str
    unit_path: list[UUID]
    position: str
    offering: Offering
    class_id: UUID
    class_code: str
    graders: list[Grader]
    kind: Literal["main", "secondary", "reference"]
    windows: list[Window]
    enrolled_at: Instant
    withdrawn_at: Instant | None = None
    steps: list[Step] = msgspec.field(default_factory=list)
