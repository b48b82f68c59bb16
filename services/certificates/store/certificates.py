"""The register's rows: issued once, ended once, drawn once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.identity import Reach

Place = tuple[UUID, UUID]
"""(province_id, certificate id)"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A certificate; `printed` is JSON of what the paper says, `paper` the key of its PDF once it is drawn."""

    province_id: UUID
    id: UUID
    enrolment_id: UUID
    list_id: UUID
    person_id: UUID
    class_id: UUID
    unit_path: list[UUID]
    audience: str
    issuer_code: str
    register_year: int
    register_number: int
    number: str
    printed: str
    token: str
    issued_at: datetime
    recorded_at: datetime
    state: str = "valid"
    replaced_by: UUID | None = None
    ended_at: datetime | None = None
    ended_recorded_at: datetime | None = None
    ended_why: str | None = None
    paper: str | None = None


@dataclass(frozen=True)
class Asked:
    """What a list of certificates was asked for, and what the caller's grants reach."""

    reach: Reach
    unit: UUID | None = None
    class_id: UUID | None = None
    status: str | None = None
    after: UUID | None = None
    limit: int = 50


_COLUMNS = """
    province_id, id, enrolment_id, list_id, person_id, class_id, unit_path, audience, issuer_code,
    register_year, register_number, number, CAST(printed AS text) AS printed, token, issued_at, recorded_at, state,
    replaced_by, ended_at, ended_recorded_at, ended_why, paper
"""
_INSERT = sa.text("""
    INSERT INTO certificate (province_id, id, enrolment_id, list_id, person_id, class_id, unit_path, audience,
                             issuer_code, register_year, register_number, number, printed, token, issued_at,
                             recorded_at)
    SELECT u.province_id, u.id, u.enrolment_id, u.list_id, u.person_id, u.class_id,
           CAST(string_to_array(u.unit_path, ',') AS uuid[]), u.audience, u.issuer_code, u.register_year,
           u.register_number, u.number, u.printed, u.token, u.issued_at, u.recorded_at
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:enrolments AS uuid[]), CAST(:lists AS uuid[]),
                CAST(:persons AS uuid[]), CAST(:classes AS uuid[]), CAST(:paths AS text[]), CAST(:audiences AS text[]),
                CAST(:codes AS text[]), CAST(:years AS int[]), CAST(:register_numbers AS int[]),
                CAST(:numbers AS text[]), CAST(:printed AS jsonb[]), CAST(:tokens AS text[]),
                CAST(:issued AS timestamptz[]), CAST(:recorded AS timestamptz[]))
         AS u (province_id, id, enrolment_id, list_id, person_id, class_id, unit_path, audience, issuer_code,
               register_year, register_number, number, printed, token, issued_at, recorded_at)
""")
_END = sa.text("""
    UPDATE certificate c
    SET state = u.state, ended_at = u.ended_at, ended_recorded_at = u.recorded_at, ended_why = u.why,
        replaced_by = u.replaced_by
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:states AS text[]),
                CAST(:ends AS timestamptz[]), CAST(:recorded AS timestamptz[]), CAST(:whys AS text[]),
                CAST(:replacements AS uuid[]))
         AS u (province_id, id, state, ended_at, recorded_at, why, replaced_by)
    WHERE c.province_id = u.province_id AND c.id = u.id
""")
_ONE = sa.text(f"SELECT {_COLUMNS} FROM certificate WHERE province_id = :province_id AND id = :id")
_VALID_OF = sa.text(f"""
    SELECT {_COLUMNS} FROM certificate
    WHERE province_id = ANY(:provinces) AND enrolment_id = ANY(:enrolments) AND state = 'valid'
""")
_OF_TOKEN = sa.text("SELECT province_id, id FROM certificate_of_token(:token)")
_OF_PAPER = sa.text("SELECT province_id, id FROM certificate_of_paper(:hash)")
REACHED = """
    (:everything OR unit_path && CAST(:units AS uuid[]) OR class_id = ANY(CAST(:classes AS uuid[]))
     OR audience = ANY(CAST(:audiences AS text[])) OR person_id = CAST(:person AS uuid))
"""
"""Whether a certificate is within a Reach, whose `parameters()` it takes."""
_WITHIN = f"""
    province_id = :province_id AND {REACHED}
    AND (CAST(:unit AS uuid) IS NULL OR unit_path @> ARRAY[CAST(:unit AS uuid)])
    AND (CAST(:class_id AS uuid) IS NULL OR class_id = :class_id)
    AND (CAST(:status AS text) IS NULL OR state = :status)
"""
_LIST = sa.text(f"""
    SELECT {_COLUMNS} FROM certificate
    WHERE {_WITHIN} AND (CAST(:after AS uuid) IS NULL OR id > :after) ORDER BY id LIMIT :limit
""")
_COUNT = sa.text(f"SELECT count(*) FROM certificate WHERE {_WITHIN}")
_REGISTER = sa.text(f"""
    SELECT {_COLUMNS} FROM certificate WHERE province_id = :province_id AND register_year = :year
    ORDER BY issuer_code, register_number
""")
_UNDRAWN = sa.text(f"""
    SELECT {_COLUMNS} FROM certificate WHERE paper IS NULL AND (draw_after IS NULL OR draw_after <= :now)
    ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
UNDRAWN = sa.text("SELECT count(*) FROM certificate WHERE paper IS NULL")
_DRAWN = sa.text("""
    UPDATE certificate c SET paper = u.paper, paper_hash = u.paper_hash
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:papers AS text[]), CAST(:hashes AS bytea[]))
         AS u (province_id, id, paper, paper_hash)
    WHERE c.province_id = u.province_id AND c.id = u.id
""")
_PUT_OFF = sa.text("""
    UPDATE certificate c
    SET draw_tries = draw_tries + 1,
        draw_after = CAST(:now AS timestamptz)
                     + least(interval '6 hours', interval '1 minute' * 2 ^ least(draw_tries, 9))
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[])) AS u (province_id, id)
    WHERE c.province_id = u.province_id AND c.id = u.id
""")


async def _rows(connection: AsyncConnection, statement: sa.TextClause, parameters: dict[str, object]) -> list[Row]:
    return [Row(**row) for row in (await connection.execute(statement, parameters)).mappings()]


async def insert(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Enters certificates into the register."""
    await connection.execute(
        _INSERT,
        {
            "provinces": [r.province_id for r in rows],
            "ids": [r.id for r in rows],
            "enrolments": [r.enrolment_id for r in rows],
            "lists": [r.list_id for r in rows],
            "persons": [r.person_id for r in rows],
            "classes": [r.class_id for r in rows],
            "paths": [",".join(map(str, r.unit_path)) for r in rows],
            "audiences": [r.audience for r in rows],
            "codes": [r.issuer_code for r in rows],
            "years": [r.register_year for r in rows],
            "register_numbers": [r.register_number for r in rows],
            "numbers": [r.number for r in rows],
            "printed": [r.printed for r in rows],
            "tokens": [r.token for r in rows],
            "issued": [r.issued_at for r in rows],
            "recorded": [r.recorded_at for r in rows],
        },
    )


async def end(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Writes how certificates ended."""
    await connection.execute(
        _END,
        {
            "provinces": [r.province_id for r in rows],
            "ids": [r.id for r in rows],
            "states": [r.state for r in rows],
            "ends": [r.ended_at for r in rows],
            "recorded": [r.ended_recorded_at for r in rows],
            "whys": [r.ended_why for r in rows],
            "replacements": [r.replaced_by for r in rows],
        },
    )


async def one(connection: AsyncConnection, province_id: UUID, certificate_id: UUID) -> Row | None:
    """One certificate."""
    return next(iter(await _rows(connection, _ONE, {"province_id": province_id, "id": certificate_id})), None)


async def valid_of(connection: AsyncConnection, keys: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Row]:
    """The valid certificate of each of these `(province_id, enrolment_id)` that holds one."""
    parameters: dict[str, object] = {
        "provinces": sorted({province for province, _ in keys}),
        "enrolments": [enrolment for _, enrolment in keys],
    }
    rows = await _rows(connection, _VALID_OF, parameters)
    return {(row.province_id, row.enrolment_id): row for row in rows}


async def of_token(connection: AsyncConnection, token: str) -> Place | None:
    """Where the certificate lies whose QR code says this; asked without a province."""
    row = (await connection.execute(_OF_TOKEN, {"token": token})).one_or_none()
    return None if row is None else (row.province_id, row.id)


async def of_paper(connection: AsyncConnection, digest: bytes) -> Place | None:
    """Where the certificate lies whose PDF has exactly these bytes; asked without a province."""
    row = (await connection.execute(_OF_PAPER, {"hash": digest})).one_or_none()
    return None if row is None else (row.province_id, row.id)


async def listed(connection: AsyncConnection, province_id: UUID, asked: Asked) -> tuple[list[Row], int]:
    """One page of certificates in the order of ids, and how many there are in all."""
    parameters = asked.reach.parameters() | {
        "province_id": province_id,
        "unit": asked.unit,
        "class_id": asked.class_id,
        "status": asked.status,
        "after": asked.after,
        "limit": asked.limit,
    }
    rows = await _rows(connection, _LIST, parameters)
    return rows, (await connection.execute(_COUNT, parameters)).scalar_one()


async def register(connection: AsyncConnection, province_id: UUID, year: int) -> list[Row]:
    """A year's register, by issuer and number; void numbers stand in it too."""
    return await _rows(connection, _REGISTER, {"province_id": province_id, "year": year})


async def undrawn(connection: AsyncConnection, limit: int, now: datetime) -> list[Row]:
    """Certificates whose paper is to be drawn now, locked; another worker's are skipped, and those put off."""
    return await _rows(connection, _UNDRAWN, {"limit": limit, "now": now})


async def put_off(connection: AsyncConnection, rows: Sequence[Row], now: datetime) -> None:
    """Those that could not be drawn step back: for a minute, then twice as long each time, at most six hours."""
    await connection.execute(
        _PUT_OFF, {"now": now, "provinces": [row.province_id for row in rows], "ids": [row.id for row in rows]}
    )


async def drawn(connection: AsyncConnection, papers: Sequence[tuple[Row, str, bytes]]) -> None:
    """Keeps where each paper lies, and the hash of its bytes."""
    await connection.execute(
        _DRAWN,
        {
            "provinces": [row.province_id for row, _, _ in papers],
            "ids": [row.id for row, _, _ in papers],
            "papers": [key for _, key, _ in papers],
            "hashes": [digest for _, _, digest in papers],
        },
    )
