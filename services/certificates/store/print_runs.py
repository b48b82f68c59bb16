"""Print runs: which papers are bound into one file, how far it is, where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certificates.store.certificates import REACHED
from shared.identity import Reach


@dataclass(frozen=True, kw_only=True)
class PrintRun:
    """A run over a class or a unit. `papers`: how many it was asked to bind; `undrawn`: valid certificates that had no
    paper then; `bound` and `left_out`: how far it is; `document`: the key of its file, None where nothing was left."""

    province_id: UUID
    id: UUID
    class_id: UUID | None
    unit_id: UUID | None
    asked_by: str
    asked_at: datetime
    papers: int
    undrawn: int
    bound: int = 0
    left_out: int = 0
    taken_until: datetime | None = None
    ended_at: datetime | None = None
    document: str | None = None


@dataclass(frozen=True)
class Printable:
    """What a class or a unit has to print: valid certificates in the order they are handed out, school by school;
    `unit_path` is one of their holders'."""

    certificates: list[UUID]
    undrawn: int
    unit_path: list[UUID]


_PRINTABLE = sa.text(f"""
    SELECT coalesce(array_agg(id ORDER BY unit_path, register_year, register_number, id)
                    FILTER (WHERE paper IS NOT NULL), '{{}}') AS certificates,
           count(*) FILTER (WHERE paper IS NULL) AS undrawn,
           min(unit_path) AS unit_path
    FROM certificate
    WHERE province_id = :province_id AND state = 'valid' AND {REACHED}
      AND (CAST(:unit_id AS uuid) IS NULL OR unit_path @> ARRAY[CAST(:unit_id AS uuid)])
      AND (CAST(:class_id AS uuid) IS NULL OR class_id = :class_id)
""")
_INSERT = sa.text("""
    INSERT INTO print_run (province_id, id, class_id, unit_id, asked_by, asked_at, certificates, undrawn)
    VALUES (:province_id, :id, :class_id, :unit_id, :asked_by, :asked_at, :certificates, :undrawn)
""")
_COLUMNS = """
    r.province_id, r.id, r.class_id, r.unit_id, r.asked_by, r.asked_at, cardinality(r.certificates) AS papers,
    r.undrawn, r.bound, r.left_out, r.taken_until, r.ended_at, r.document
"""
# A grant may have ended since a run was asked for: its file is for whoever reaches every paper in it, for nobody else.
# IS NOT TRUE: a reach without a person compares with NULL.
_SEEN = f"""
    r.province_id = :province_id AND (:everything OR NOT EXISTS (
        SELECT FROM certificate c
        WHERE c.province_id = r.province_id AND c.id = ANY(r.certificates) AND {REACHED} IS NOT TRUE))
"""
_LIST = sa.text(f"""
    SELECT {_COLUMNS} FROM print_run r
    WHERE {_SEEN} AND (CAST(:after AS uuid) IS NULL OR r.id < :after) ORDER BY r.id DESC LIMIT :limit
""")
_COUNT = sa.text(f"SELECT count(*) FROM print_run r WHERE {_SEEN}")
_ONE = sa.text(f"SELECT {_COLUMNS} FROM print_run r WHERE {_SEEN} AND r.id = :id")
_TAKE = sa.text(f"""
    UPDATE print_run r SET taken_until = :until, bound = 0, left_out = 0
    FROM (SELECT province_id, id FROM print_run
          WHERE ended_at IS NULL AND (taken_until IS NULL OR taken_until < :now)
          ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) AS next
    WHERE (r.province_id, r.id) = (next.province_id, next.id)
    RETURNING {_COLUMNS}, r.certificates
""")
_PAPERS = sa.text("""
    SELECT c.paper
    FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS u (id, place)
    JOIN certificate c ON c.province_id = :province_id AND c.id = u.id
    WHERE c.state = 'valid' AND c.paper IS NOT NULL
    ORDER BY u.place
""")
_REACH = sa.text("""
    UPDATE print_run SET bound = :bound, left_out = :left_out, taken_until = :until
    WHERE province_id = :province_id AND id = :id AND ended_at IS NULL
""")
_END = sa.text("""
    UPDATE print_run
    SET bound = :bound, left_out = :left_out, document = :document, ended_at = :ended_at, taken_until = NULL
    WHERE province_id = :province_id AND id = :id AND ended_at IS NULL
""")
WAITING = sa.text("SELECT count(*) FROM print_run WHERE ended_at IS NULL")


async def printable(
    connection: AsyncConnection, province_id: UUID, reach: Reach, class_id: UUID | None, unit_id: UUID | None
) -> Printable:
    """What there is to print of a class or a unit within reach."""
    of = {"province_id": province_id, "class_id": class_id, "unit_id": unit_id}
    row = (await connection.execute(_PRINTABLE, reach.parameters() | of)).one()
    return Printable(list(row.certificates), row.undrawn, list(row.unit_path or ()))


async def insert(connection: AsyncConnection, run: PrintRun, certificates: Sequence[UUID]) -> None:
    """A new run that waits for its binder."""
    values = {name: getattr(run, name) for name in ("province_id", "id", "class_id", "unit_id", "asked_by", "asked_at")}
    await connection.execute(_INSERT, values | {"certificates": list(certificates), "undrawn": run.undrawn})


async def listed(
    connection: AsyncConnection, province_id: UUID, reach: Reach, after: UUID | None, limit: int
) -> tuple[list[PrintRun], int]:
    """One page of the runs within reach, the newest first, and how many there are in all."""
    parameters = reach.parameters() | {"province_id": province_id, "after": after, "limit": limit}
    rows = (await connection.execute(_LIST, parameters)).mappings()
    runs = [PrintRun(**row) for row in rows]
    return runs, (await connection.execute(_COUNT, parameters)).scalar_one()


async def one(connection: AsyncConnection, province_id: UUID, reach: Reach, run_id: UUID) -> PrintRun | None:
    """One run, where it is within reach."""
    parameters = reach.parameters() | {"province_id": province_id, "id": run_id}
    row = (await connection.execute(_ONE, parameters)).mappings().one_or_none()
    return None if row is None else PrintRun(**row)


async def take(connection: AsyncConnection, now: datetime, until: datetime) -> tuple[PrintRun, list[UUID]] | None:
    """The next run that nobody binds, from its beginning, with its certificates; it is the caller's `until` then."""
    row = (await connection.execute(_TAKE, {"now": now, "until": until})).mappings().one_or_none()
    if row is None:
        return None
    values = dict(row)
    certificates = list(values.pop("certificates"))
    return PrintRun(**values), certificates


async def papers(connection: AsyncConnection, run: PrintRun, ids: Sequence[UUID]) -> list[str]:
    """The keys of the papers of those that are still valid, in the order of `ids`."""
    found = await connection.execute(_PAPERS, {"province_id": run.province_id, "ids": list(ids)})
    return list(found.scalars())


async def reach(connection: AsyncConnection, run: PrintRun, until: datetime) -> None:
    """Says how far a run is."""
    values = {"province_id": run.province_id, "id": run.id, "bound": run.bound, "left_out": run.left_out}
    await connection.execute(_REACH, values | {"until": until})


async def end(connection: AsyncConnection, run: PrintRun) -> None:
    """Says that a run is done, unless somebody said it before."""
    names = ("province_id", "id", "bound", "left_out", "document", "ended_at")
    await connection.execute(_END, {name: getattr(run, name) for name in names})
