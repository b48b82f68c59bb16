"""Who issues, and the registers' last numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certificates.domain.issuer import Details, Issuer
from services.certificates.domain.register import Register

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
