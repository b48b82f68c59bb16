"""Bodies and answers of the four forms."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.roster.domain.forms import Difference, Need, Outcome
from services.roster.schemas import AccountName, Code, Text
from services.roster.schemas.answers import Coded
from shared.bodies import Body


class FormRowWanted(Body):
    """One person: of the roster by `person_id` (forms 1, 3), or one that it does not have by name and unit
    (2, 4)."""

    need: Need
    person_id: UUID | None = None
    unit_code: Code | None = None
    unit_id: UUID | None = None
    name: Text | None = None
    birth_date: date | None = None
    position: Text | None = None
    subject: Text | None = None
    account: AccountName | None = None
    phone: Text | None = None
    note: Text | None = None


class FormRowsWanted(Body):
    """All or none; `class_id` for forms 1 and 2."""

    class_id: UUID | None = None
    rows: list[FormRowWanted] = Field(min_length=1, max_length=500)


class FormAnswer(Body):
    """What became of a row, and what its people are told."""

    outcome: Outcome
    answer: Text


class NamedNow(BaseModel):
    """A unit by the name it has now; None where it is no more."""

    id: UUID
    name: str | None


class FormRowItem(BaseModel):
    """One row. `phone` by its last digits unless contacts were asked for; `days_waiting` until the answer, or now."""

    id: UUID
    form: int
    unit: NamedNow
    class_: Coded | None = Field(alias="class")
    person_id: UUID | None
    name: str | None
    birth_date: date | None
    position: str | None
    subject: str | None
    account: str | None
    phone: str | None
    need: Need
    note: str | None
    owner: NamedNow
    raised_by: str
    raised_at: datetime
    days_waiting: int
    state: str
    outcome: Outcome | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


class FormRowList(BaseModel):
    """A page of rows, in the order they came in."""

    items: list[FormRowItem]
    next: str | None
    total: int


class FormRowsMade(BaseModel):
    """The ids of the rows, in the order of the body."""

    ids: list[UUID]


class FormRowDecided(BaseModel):
    """What a row is after the call."""

    id: UUID
    state: str


class FormDisagreement(BaseModel):
    """A person of whom the core teacher and the school do not say the same, with all that both said."""

    kind: Difference
    rows: list[FormRowItem]


class FormDisagreements(BaseModel):
    """Whole; it is as long as there are people in dispute."""

    items: list[FormDisagreement]
    next: str | None
    total: int
