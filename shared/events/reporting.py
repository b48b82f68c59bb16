"""What reporting says: a submitted report, frozen."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events.envelope import Instant, State, Step


class Submission(State, frozen=True, kw_only=True):
    """A report handed up the line: its frozen figures are found by number; only the state changes."""

    AGGREGATE: ClassVar[str] = "submission"
    EVENTS: ClassVar[tuple[str, ...]] = ("report_submitted",)
    SERVICE: ClassVar[str] = "reporting"

    submission_id: UUID
    report: str
    unit_id: UUID
    as_of: Instant
    number: int
    content_hash: str
    state: Literal["submitted", "approved", "returned", "reopened"]
    submitted_at: Instant
    steps: list[Step] = msgspec.field(default_factory=list)
