"""Answers, as the OpenAPI document declares them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class GraderAnswer(BaseModel):
    """A core teacher of a class."""

    person_id: UUID
    account: str


class Waits(BaseModel):
    """How many papers wait for a mark, and how long the longest; `waiting_days` in Vietnamese calendar days."""

    papers: int
    essays: int
    finals: int
    learners: int
    oldest_at: datetime
    waiting_days: int


class ClassWaits(Waits):
    """What waits in one class; its first grader holds it."""

    id: UUID
    code: str
    course: str
    graders: list[str]


class GraderWaits(Waits):
    """What one grader holds; null: what waits in classes without a grader."""

    grader: GraderAnswer | None
    classes: list[ClassWaits]


class Board(BaseModel):
    """Graders by how much they hold."""

    items: list[GraderWaits]
    next: str | None
    total: int


class PaperItem(BaseModel):
    """One paper that waits. `paper`: "final" or "essay:<name>"; `attempt`: the newest handed in; `kind`: of the
    enrolment, for what is studied as secondary or for reference is not marked."""

    enrolment_id: UUID
    person_id: UUID
    name: str
    unit: UUID
    unit_name: str
    class_: UUID = Field(alias="class")
    class_code: str
    course: str
    subject: str
    kind: str
    graders: list[str]
    paper: str
    attempt: int
    since: datetime
    waiting_days: int


class PaperList(BaseModel):
    """A page of papers, the longest waiting first."""

    items: list[PaperItem]
    next: str | None
    total: int


class MarkGiven(BaseModel):
    """A mark that was given; `id` is that of its evidence."""

    id: str
    enrolment_id: UUID
    paper: str
    attempt: int
    score: str
    scale: str
    grader: str
    at: datetime


class EventCounts(BaseModel):
    """What became of events, each counted in exactly one."""

    accepted: int
    duplicates: int
    parked: int
    rejected: int


class ErrorKind(BaseModel):
    """One kind of error; a reason names a field and never a value."""

    reason: str
    number: int
    last_at: datetime


class WaitingEvents(BaseModel):
    """Events whose learner or course is not on the roster yet."""

    events: int
    learners: int


class SourceItem(BaseModel):
    """A registered vendor, or a sandbox; `unit_id`: whose people see its deliveries."""

    vendor: str
    registered_at: datetime
    unit_id: UUID | None
    sandbox: bool


class SourceList(BaseModel):
    """Vendors and sandboxes by name."""

    items: list[SourceItem]
    next: str | None
    total: int


class VendorSeen(SourceItem):
    """What was seen of a vendor."""

    last_seen_at: datetime | None
    deliveries: int
    malformed: int
    events: EventCounts
    errors: list[ErrorKind]
    waiting: WaitingEvents


class RejectedEvent(BaseModel):
    """An event that was not taken."""

    id: str | None
    reason: str


class DeliveryItem(BaseModel):
    """One webhook call, without its body; `malformed`: why nothing of it was read."""

    id: UUID
    received_at: datetime
    webhook_id: str
    bytes: int
    accepted: int
    duplicates: int
    parked: int
    rejected: list[RejectedEvent]
    malformed: str | None


class DeliveryList(BaseModel):
    """A page of deliveries, the newest first."""

    items: list[DeliveryItem]
    next: str | None
    total: int
