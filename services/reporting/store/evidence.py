"""One enrolment as the reports count it: its seat, when each figure began and ceased to hold, its stages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_SEAT = sa.text("""
    SELECT seat_id, person_id, class_id, unit_id, unit_path, offering_id, course, subject, level, audience, kind,
           enrolled_at, withdrawn_at, with_account_at, first_login_at, CAST(certificates AS text) AS certificates
    FROM seat WHERE province_id = :province_id AND seat_id = :seat_id AND enrolled_at IS NOT NULL
""")
_MOVEMENTS = sa.text("""
    SELECT figure, at, delta FROM movement WHERE province_id = :province_id AND seat_id = :seat_id ORDER BY at, figure
""")
_STAGES = sa.text("""
    SELECT stage, since, until FROM stage WHERE province_id = :province_id AND seat_id = :seat_id ORDER BY since
""")


async def of(connection: AsyncConnection, province_id: UUID, seat_id: UUID) -> dict[str, Any] | None:
    """The seat with `movements` and `stages`; None while its enrolment was not heard of."""
    which = {"province_id": province_id, "seat_id": seat_id}
    row = (await connection.execute(_SEAT, which)).mappings().one_or_none()
    if row is None:
        return None
    movements = [dict(one) for one in (await connection.execute(_MOVEMENTS, which)).mappings()]
    stages = [dict(one) for one in (await connection.execute(_STAGES, which)).mappings()]
    certificates = msgspec.json.decode(row["certificates"])
    return dict(row) | {"movements": movements, "stages": stages, "certificates": certificates}
