"""Answers of lists and of one enrolment, as the OpenAPI document declares them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from shared.identity import Role


class Named(BaseModel):
    """A unit by its id and the name it had at the enrolment."""

    id: UUID
    name: str


class Coded(BaseModel):
    """A class."""

    id: UUID
    code: str


class EnrolmentItem(BaseModel):
    """One enrolment. `phone` by its last digits unless contacts were asked for; `closes_at` ends her last window."""

    id: UUID
    person_id: UUID
    offering_id: UUID
    name: str
    birth_date: date | None
    accounts: list[str]
    phone: str | None
    position: str
    course: str
    title: str
    subject: str
    level: str
    audience: str
    kind: str
    graders: list[str]
    enrolled_at: datetime
    withdrawn_at: datetime | None
    first_login_at: datetime | None
    unit: Named
    class_: Coded = Field(alias="class")
    opens_at: datetime
    closes_at: datetime


class EnrolmentList(BaseModel):
    """A page of enrolments."""

    items: list[EnrolmentItem]
    next: str | None
    total: int


class WindowAnswer(BaseModel):
    """When she may study."""

    kind: str
    opens_at: datetime
    closes_at: datetime


class StepAnswer(BaseModel):
    """What happened, when it took effect, when it was recorded."""

    what: str
    effective_at: datetime
    recorded_at: datetime


class DecisionAnswer(BaseModel):
    """Who decided what of the enrolment, its class or its offering."""

    at: datetime
    recorded_at: datetime
    account: str
    action: str
    object_type: str
    object_id: str


class StaffAnswer(BaseModel):
    """Who holds a role over the enrolment; `until`: the day from which it is held no more."""

    account: str
    name: str
    role: Role
    until: date | None


class EnrolmentExplained(EnrolmentItem):
    """One enrolment with its dated steps, the decisions it came from, oldest first, and those who may decide of it."""

    withdrawn_reason: str | None
    windows: list[WindowAnswer]
    steps: list[StepAnswer]
    decisions: list[DecisionAnswer]
    staff: list[StaffAnswer]
