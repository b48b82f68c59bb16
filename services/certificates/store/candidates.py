"""Who has passed, who issues, and the registers' last numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certificates.domain.issuer import Details, Issuer
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
                     ELSE 'waiting' END
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
_ISSUERS = sa.text("""
    SELECT province_id, id, audience, code, CAST(details AS text) AS details, valid_from, valid_to
    FROM issuer
    WHERE province_id = ANY(:provinces) ORDER BY audience, valid_from
""")
_PUT_ISSUER = sa.text("""
    INSERT INTO issuer (province_id, id, audience, code, details, valid_from, valid_to)
    VALUES (:province_id, :id, :audience, :code, CAST(:details AS jsonb), :valid_from, :valid_to)
    ON CONFLICT (province_id, audience, valid_from)
    DO UPDATE SET code = excluded.code, details = excluded.details, valid_to = excluded.valid_to
    RETURNING id
""")
_OPEN_REGISTERS = sa.text("""
    INSERT INTO register (province_id, issuer_code, year, last_number)
    SELECT u.province_id, u.issuer_code, u.year, 0
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:codes AS text[]), CAST(:years AS int[]))
         AS u (province_id, issuer_code, year)
    ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING
""")
_LOCK_REGISTERS = sa.text("""
    SELECT r.province_id, r.issuer_code, r.year, r.last_number FROM register r
    JOIN unnest(CAST(:provinces AS uuid[]), CAST(:codes AS text[]), CAST(:years AS int[]))
         AS u (province_id, issuer_code, year) USING (province_id, issuer_code, year)
    ORDER BY 1, 2, 3 FOR NO KEY UPDATE OF r
""")
_REACH = sa.text("""
    UPDATE register r SET last_number = u.last_number
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:codes AS text[]), CAST(:years AS int[]), CAST(:numbers AS int[]))
         AS u (province_id, issuer_code, year, last_number)
    WHERE r.province_id = u.province_id AND r.issuer_code = u.issuer_code AND r.year = u.year
""")

_RECOGNITION = msgspec.json.Decoder(Recognition)
Register = tuple[UUID, str, int]
"""(province_id, issuer code, year)"""


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
) -> list[dict[str, object]]:
    """Who has passed and holds no certificate yet, with the reason where there is one."""
    rows = await connection.execute(_STUCK, {"province_id": province_id, "after": after, "limit": limit})
    return [dict(row) for row in rows.mappings()]


async def issuers(connection: AsyncConnection, provinces: Iterable[UUID]) -> list[Issuer]:
    """The issuers of some provinces."""
    rows = await connection.execute(_ISSUERS, {"provinces": sorted(set(provinces))})
    return [
        Issuer(
            province_id=row.province_id,
            id=row.id,
            audience=row.audience,
            code=row.code,
            details=msgspec.json.decode(row.details, type=Details),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in rows
    ]


async def put_issuer(connection: AsyncConnection, issuer: Issuer) -> UUID:
    """Keeps an issuer; the same audience from the same day is written over. Answers its id."""
    row = await connection.execute(
        _PUT_ISSUER,
        {
            "province_id": issuer.province_id,
            "id": issuer.id,
            "audience": issuer.audience,
            "code": issuer.code,
            "details": msgspec.json.encode(asdict(issuer.details)).decode(),
            "valid_from": issuer.valid_from,
            "valid_to": issuer.valid_to,
        },
    )
    return UUID(str(row.scalar_one()))


async def lock_registers(connection: AsyncConnection, registers: Iterable[Register]) -> dict[Register, int]:
    """Locks registers, opened where they are new, in sorted order; answers their last numbers. Whoever gives out
    numbers holds these locks until its commit, so that a number is given once and no commit leaves a gap."""
    ordered = sorted(set(registers))
    arrays = {
        "provinces": [province for province, _, _ in ordered],
        "codes": [code for _, code, _ in ordered],
        "years": [year for _, _, year in ordered],
    }
    await connection.execute(_OPEN_REGISTERS, arrays)
    rows = await connection.execute(_LOCK_REGISTERS, arrays)
    return {(row.province_id, row.issuer_code, row.year): row.last_number for row in rows}


async def reach(connection: AsyncConnection, numbers: Mapping[Register, int]) -> None:
    """Writes the registers' new last numbers."""
    await connection.execute(
        _REACH,
        {
            "provinces": [register[0] for register in numbers],
            "codes": [register[1] for register in numbers],
            "years": [register[2] for register in numbers],
            "numbers": list(numbers.values()),
        },
    )
