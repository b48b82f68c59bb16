"""Verdicts of persons at the human gates: kept for good, the newest counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.grading.store.enrolments import Key, arrays_of


@dataclass(frozen=True)
class VerdictRow:
    """A verdict as kept; `ordinal` orders those of the same instant."""

    enrolment_id: UUID
    gate: str
    met: bool
    reason: str | None
    by_account: str
    by_person: UUID
    at: datetime
    recorded_at: datetime
    ordinal: int


_VERDICTS = sa.text("""
    SELECT enrolment_id, gate, met, reason, by_account, by_person, at, recorded_at, ordinal FROM verdict
    WHERE province_id = ANY(:provinces) AND enrolment_id = ANY(:ids)
""")
_GIVE = sa.text("""
    INSERT INTO verdict (province_id, id, enrolment_id, gate, met, reason, by_account, by_person, at, recorded_at)
    SELECT :province_id, u.id, u.enrolment_id, :gate, u.met, u.reason, :by_account, :by_person, :at, :recorded_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:enrolments AS uuid[]), CAST(:mets AS boolean[]), CAST(:reasons AS text[]))
         WITH ORDINALITY AS u (id, enrolment_id, met, reason, place)
    ORDER BY u.place
""")


async def verdicts(connection: AsyncConnection, keys: Sequence[Key]) -> dict[UUID, list[VerdictRow]]:
    """Every verdict on these enrolments."""
    found: dict[UUID, list[VerdictRow]] = {}
    for row in await connection.execute(_VERDICTS, arrays_of(keys)):
        found.setdefault(row.enrolment_id, []).append(VerdictRow(*row))
    return found


async def give(
    connection: AsyncConnection,
    *,
    province_id: UUID,
    gate: str,
    rows: Sequence[tuple[UUID, UUID, bool, str | None]],
    by_account: str,
    by_person: UUID,
    at: datetime,
    recorded_at: datetime,
) -> None:
    """Keeps verdicts `(id, enrolment_id, met, reason)` of one person at one gate."""
    await connection.execute(
        _GIVE,
        {
            "province_id": province_id,
            "gate": gate,
            "ids": [row[0] for row in rows],
            "enrolments": [row[1] for row in rows],
            "mets": [row[2] for row in rows],
            "reasons": [row[3] for row in rows],
            "by_account": by_account,
            "by_person": by_person,
            "at": at,
            "recorded_at": recorded_at,
        },
    )
