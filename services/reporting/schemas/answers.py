"""Answers, as the OpenAPI document declares them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.reporting.domain.stages import Owner, StageName


class UnitHead(BaseModel):
    """A unit as reports name it."""

    id: UUID
    code: str | None
    name: str | None
    kind: str | None


class StandingItem(BaseModel):
    """Where one enrolment stands since when; `holder` must act, `owner` answers for it; null where nobody has to."""

    enrolment_id: UUID
    person_id: UUID
    class_id: UUID
    unit_id: UUID
    offering_id: UUID
    course: str
    subject: str
    level: str
    audience: str
    kind: str
    stage: StageName
    holder: str | None
    owner: Owner | None
    since: datetime


class StandingList(BaseModel):
    """A page of enrolments by their ids."""

    items: list[StandingItem]
    next: str | None
    total: int


class FigureMoved(BaseModel):
    """A figure began (1) or ceased (-1) to count her."""

    figure: str
    at: datetime
    delta: int


class Title(BaseModel):
    """What people read."""

    vi: str
    en: str


class StageSpan(BaseModel):
    """A stage from an instant to another; null: still."""

    stage: StageName
    title: Title
    since: datetime
    until: datetime | None
    holder: str | None
    owner: Owner | None


class HeldCertificate(BaseModel):
    """A certificate of the enrolment."""

    certificate_id: UUID
    issued_at: datetime
    state: str
    replaced_by: UUID | None
    ended_at: datetime | None


class CountedIn(BaseModel):
    """The units in which she counts, from the province to the leaf."""

    then: list[UnitHead]
    today: list[UnitHead]


class ReportLine(BaseModel):
    """One enrolment as the reports count it."""

    enrolment_id: UUID
    person_id: UUID
    class_id: UUID
    offering_id: UUID
    course: str
    subject: str
    level: str
    audience: str
    kind: str
    enrolled_at: datetime
    withdrawn_at: datetime | None
    with_account_at: datetime | None
    first_login_at: datetime | None
    counted_in: CountedIn
    figures: list[FigureMoved]
    stages: list[StageSpan]
    certificates: list[HeldCertificate]
