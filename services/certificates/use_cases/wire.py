"""From the register's row to the event's state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from services.certificates.domain.state import State, end
from services.certificates.store.certificates import Row
from shared.clock import vietnamese_day
from shared.events.certificates import Certificate
from shared.events.envelope import Step

KIND = "completion"


def ended(
    row: Row,
    wanted: Literal["replaced", "revoked"],
    *,
    at: datetime,
    recorded_at: datetime,
    why: str,
    replaced_by: UUID | None = None,
) -> Row:
    """The row as it is after its end. Raises EndedError where it had ended before."""
    return replace(
        row,
        state=end(cast("State", row.state), wanted),
        ended_at=at,
        ended_recorded_at=recorded_at,
        ended_why=why,
        replaced_by=replaced_by,
    )


def certificate(row: Row) -> Certificate:
    """The whole state of a certificate; no personal data but the ids."""
    steps = [Step(what="issued", effective_at=row.issued_at, recorded_at=row.recorded_at)]
    if row.ended_at is not None and row.ended_recorded_at is not None:
        steps.append(Step(what=row.state, effective_at=row.ended_at, recorded_at=row.ended_recorded_at))
    return Certificate(
        province_id=row.province_id,
        certificate_id=row.id,
        enrolment_id=row.enrolment_id,
        person_id=row.person_id,
        kind=KIND,
        issuer=row.issuer_code,
        number=row.number,
        register_number=row.register_number,
        register_year=row.register_year,
        issued_on=vietnamese_day(row.issued_at),
        issued_at=row.issued_at,
        state=cast("State", row.state),
        replaced_by=row.replaced_by,
        ended_at=row.ended_at,
        steps=steps,
    )
