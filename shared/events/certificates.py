"""What certificates says: one certificate, from its number to its replacement or revocation."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events.envelope import Instant, State, Step


class Certificate(State, frozen=True, kw_only=True):
    """A certificate in the register. The number is never used again, whatever becomes of the paper."""

    AGGREGATE: ClassVar[str] = "certificate"
    EVENTS: ClassVar[tuple[str, ...]] = ("issued", "replaced", "revoked")
    SERVICE: ClassVar[str] = "certificates"

    certificate_id: UUID
    enrolment_id: UUID
    person_id: UUID
    kind: str
    issuer: str
    number: str
    register_number: int
    register_year: int
    issued_on: date
    issued_at: Instant
    state: Literal["valid", "replaced", "revoked"]
    replaced_by: UUID | None = None
    ended_at: Instant | None = None
    steps: list[Step] = msgspec.field(default_factory=list)
