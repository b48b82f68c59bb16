"""Who has passed, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events.grading import Recognition

Key = tuple[UUID, UUID]
"""(province_id, enrolment_id)"""


@dataclass(frozen=True)
class Passed:
    """A result that names its approved list, or takes the pass back."""

    key: Key
    person_id: UUID
    class_id: UUID
    recognition: Recognition
    withdrawn_at: datetime | None
    traceparent: str | None


@dataclass(frozen=True)
class Waiting:
    """A candidate whose certificate is due."""

    key: Key
    person_id: UUID
    class_id: UUID
    recognition: Recognition
    traceparent: str | None


_MAKE = sa.text("""
    INSERT INTO candidate (province_id, enrolment_id)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[])) AS u (province_id, enrolment_id)
    ORDER BY enrolment_id ON CONFLICT DO NOTHING
""")
_LOCK = sa.text("""
    SELECT 1 FROM candidate WHERE province_id = ANY(:provinces) AND enrolment_id = ANY(:ids)
    ORDER BY enrolment_id FOR NO KEY UPDATE
""")
_TAKE = sa.text("""
    UPDATE candidate c
    SET list_id = u.list_id, person_id = u.person_id, class_id = u.class_id, recognition = u.recognition,
        approved_at = u.approved_at, withdrawn_at = u.withdrawn_at, traceparent = u.traceparent,
        state = CASE WHEN u.withdrawn_at IS NOT NULL THEN 'withdrawn'
                     WHEN c.list_id IS NOT DISTINCT FROM u.list_id AND c.state <> 'none' THEN c.state
                     ELSE 'waiting' END,
        problem = CASE WHEN c.list_id IS NOT DISTINCT FROM u.list_id THEN c.problem END
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:lists AS uuid[]), CAST(:persons AS uuid[]),
                CAST(:classes AS uuid[]), CAST(:recognitions AS jsonb[]), CAST(:approvals AS timestamptz[]),
                CAST(:withdrawals AS timestamptz[]), CAST(:traces AS text[]))
         AS u (province_id, enrolment_id, list_id, person_id, class_id, recognition, approved_at, withdrawn_at,
               traceparent)
    WHERE c.province_id = u.province_id AND c.enrolment_id = u.enrolment_id
""")
_WAITING = sa.text("""
    SELECT c.province_id, c.enrolment_id, c.person_id, c.class_id, CAST(c.recognition AS text) AS recognition,
           c.traceparent
    FROM candidate c
    WHERE c.state = 'waiting' AND EXISTS (
        SELECT 1 FROM issuer i
        WHERE i.province_id = c.province_id AND i.audience = c.recognition ->> 'audience'
          AND i.valid_from <= (c.approved_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
          AND (i.valid_to IS NULL OR i.valid_to > (c.approved_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date))
    ORDER BY c.approved_at, c.enrolment_id LIMIT :limit
    FOR NO KEY UPDATE SKIP LOCKED
""")
WAITING = sa.text("SELECT count(*) FROM candidate WHERE state = 'waiting'")
_SETTLE = sa.text("""
    UPDATE candidate c SET state = u.state, problem = u.problem
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:problems AS text[]))
         AS u (province_id, enrolment_id, state, problem)
    WHERE c.province_id = u.province_id AND c.enrolment_id = u.enrolment_id
""")
_STUCK = sa.text("""
    SELECT enrolment_id, state, problem, approved_at FROM candidate
    WHERE province_id = :province_id AND state IN ('waiting', 'unprintable')
      AND (CAST(:after AS uuid) IS NULL OR enrolment_id > :after)
    ORDER BY enrolment_id LIMIT :limit
""")
_COUNT_STUCK = sa.text("""
    SELECT count(*) FROM candidate WHERE province_id = :province_id AND state IN ('waiting', 'unprintable')
""")
_TRY_AGAIN = sa.text("""
    UPDATE candidate SET state = 'waiting', problem = NULL
    WHERE province_id = :province_id AND state = 'unprintable' AND recognition ->> 'audience' = :audience
""")
_RECOGNITION = msgspec.json.Decoder(Recognition)


async def lock(connection: AsyncConnection, keys: Iterable[Key]) -> None:
    """Locks candidates, made where they are new, in the order of enrolment ids."""
    ordered = sorted(set(keys), key=lambda key: key[1])
    arrays = {"provinces": [province for province, _ in ordered], "ids": [enrolment for _, enrolment in ordered]}
    await connection.execute(_MAKE, arrays)
    await connection.execute(_LOCK, arrays)


async def take(connection: AsyncConnection, passed: Sequence[Passed]) -> None:
    """Keeps who has passed. A list that was taken before changes nothing: its certificate is issued once."""
    await connection.execute(
        _TAKE,
        {
            "provinces": [p.key[0] for p in passed],
            "ids": [p.key[1] for p in passed],
            "lists": [p.recognition.list_id for p in passed],
            "persons": [p.person_id for p in passed],
            "classes": [p.class_id for p in passed],
            "recognitions": [msgspec.json.encode(p.recognition).decode() for p in passed],
            "approvals": [p.recognition.approved_at for p in passed],
            "withdrawals": [p.withdrawn_at for p in passed],
            "traces": [p.traceparent for p in passed],
        },
    )


async def waiting(connection: AsyncConnection, limit: int) -> list[Waiting]:
    """Candidates whose certificate is due and whose issuer is known, locked; another worker's are skipped."""
    rows = await connection.execute(_WAITING, {"limit": limit})
    return [
        Waiting(
            (row.province_id, row.enrolment_id),
            row.person_id,
            row.class_id,
            _RECOGNITION.decode(row.recognition),
            row.traceparent,
        )
        for row in rows
    ]


async def settle(connection: AsyncConnection, rows: Sequence[tuple[Key, str, str | None]]) -> None:
    """Writes what became of candidates: `(key, state, problem)`."""
    await connection.execute(
        _SETTLE,
        {
            "provinces": [key[0] for key, _, _ in rows],
            "ids": [key[1] for key, _, _ in rows],
            "states": [state for _, state, _ in rows],
            "problems": [problem for _, _, problem in rows],
        },
    )


async def stuck(
    connection: AsyncConnection, province_id: UUID, after: UUID | None, limit: int
) -> tuple[list[dict[str, object]], int]:
    """One page of who has passed and holds no certificate yet, with the reason where there is one; and how many."""
    rows = await connection.execute(_STUCK, {"province_id": province_id, "after": after, "limit": limit})
    total = await connection.execute(_COUNT_STUCK, {"province_id": province_id})
    return [dict(row) for row in rows.mappings()], total.scalar_one()


async def try_again(connection: AsyncConnection, province_id: UUID, audience: str) -> None:
    """Candidates that could not be printed wait again: their issuer's lines may have been what was wrong."""
    await connection.execute(_TRY_AGAIN, {"province_id": province_id, "audience": audience})
