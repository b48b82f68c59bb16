"""Bodies of requests. Unknown members are refused: a misspelt one would be lost in silence."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from shared.bodies import Body
from shared.identity import Role
from shared.instants import Day, Instant


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a NUL character")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True), AfterValidator(_no_nul)]


def _composed(text: str) -> str:
    # Evidence names courses and essays in NFC; what was written decomposed would never meet them.
    return unicodedata.normalize("NFC", text)


Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, pattern=r"^[^\s\x00-\x1f]+$", strip_whitespace=True),
    AfterValidator(_composed),
]
AccountName = Annotated[
    str, StringConstraints(min_length=1, max_length=254, pattern=r"^[^\s\x00-\x1f]+$", to_lower=True)
]


class UnitChange(Body):
    """One change of the tree; `unit_id` may stand for `code`, `parent_id` for `parent_code`."""

    op: Literal["establish", "rename", "reparent", "abolish", "merge"]
    code: Code | None = None
    unit_id: UUID | None = None
    name: Text | None = None
    new_code: Code | None = None
    kind: Code | None = None
    parent_code: Code | None = None
    parent_id: UUID | None = None
    successor_code: Code | None = None
    codes: list[Code] = Field(default_factory=list, max_length=500)
    day: Day | None = Field(None, alias="from")


class UnitChanges(Body):
    """Applied in their order, all or nothing."""

    changes: list[UnitChange] = Field(min_length=1, max_length=5_000)


class RoleGrantWanted(Body):
    """A role over a unit and below, a class or an audience; the person is made where the account is new."""

    account: AccountName
    role: Role
    name: Text | None = None
    birth_date: date | None = None
    unit_code: Code | None = None
    unit_id: UUID | None = None
    audience: Code | None = None
    class_id: UUID | None = None
    valid_from: Day | None = Field(None, alias="from")
    valid_to: Day | None = Field(None, alias="to")


class RoleGrants(Body):
    """All or nothing."""

    grants: list[RoleGrantWanted] = Field(min_length=1, max_length=5_000)


class Confirmation(Body):
    """`all` refuses while there are errors; `valid_rows` leaves the wrong ones out."""

    accept: Literal["all", "valid_rows"] = "all"


class CompositionBody(Body):
    """What the course has."""

    document: int = Field(0, ge=0, le=1_000)
    graphic: int = Field(0, ge=0, le=1_000)
    video: int = Field(0, ge=0, le=1_000)
    task: int = Field(0, ge=0, le=1_000)
    questions: int = Field(0, ge=0, le=1_000)
    essays: list[Code] = Field(default_factory=list, max_length=50)


class SchemeBody(Body):
    """The rules and their version."""

    id: Code
    version: int = Field(ge=1)


class Planned(Body):
    """The numbers a plan prints."""

    learners: int | None = Field(None, ge=0, le=1_000_000)
    classes: int | None = Field(None, ge=1, le=10_000)


class OfferingWanted(Body):
    """A course offered to an audience of a level in a subject."""

    course: Code
    title: Text
    subject: Text
    level: Text
    audience: Code
    module: Code = "M1"
    periods: int = Field(40, ge=0, le=10_000)
    composition: CompositionBody
    scheme: SchemeBody
    opens_at: Instant
    closes_at: Instant
    window: Literal["common", "personal"] = Field(
        "common", validation_alias=AliasChoices("window", "window_rule"), serialization_alias="window"
    )
    planned: Planned | None = None


class Offerings(Body):
    """Several at once, all or none."""

    offerings: list[OfferingWanted] = Field(min_length=1, max_length=1_000)


def _meant(body: Any, _: ValidatorFunctionWrapHandler) -> OfferingWanted | Offerings:
    several = isinstance(body, dict) and "offerings" in body
    return Offerings.model_validate(body) if several else OfferingWanted.model_validate(body)


OneOrSeveral = Annotated[Offerings | OfferingWanted, WrapValidator(_meant)]
"""Told apart by the member `offerings`, so that what is wrong is said of the one that was meant."""


class AllocationWanted(Body):
    """A dry run unless said otherwise."""

    method: Literal["half_up", "planned"] = "half_up"
    classes: int | None = Field(None, ge=1, le=10_000)
    dry_run: bool = True


class Graders(Body):
    """The accounts of a class's core teachers, the first one first."""

    graders: list[AccountName] = Field(max_length=20)


class Withdrawal(Body):
    """Why."""

    reason: Text


class Extension(Body):
    """Until when, and why."""

    closes_at: Instant
    reason: Text


def utc(instant: datetime) -> datetime:
    """The same instant in UTC, for storage."""
    return instant.astimezone(UTC)
