"""Use cases of the tests' own: one aggregate type shown as it is, and two types that meet in one row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.clock import new_id
from shared.consumption import Applier, Handler, Moment, PermanentError, Received
from tests.support.states import NOW

REFUSED_BY_THE_RULE = "refused by the rule"
REFUSED_BY_THE_DATABASE = "refused by the database"
STRANGE = "a fault of no known class"

_SHOW = sa.text("""
    INSERT INTO shown (province_id, unit_id, name, version)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:names AS text[]),
                         CAST(:versions AS bigint[])) AS u (province_id, unit_id, name, version)
    ORDER BY unit_id
    ON CONFLICT (province_id, unit_id) DO UPDATE SET name = excluded.name, version = excluded.version
""")
_EFFECT = sa.text("""
    INSERT INTO effect (unit_id, version) SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]))
""")
_ROOT = sa.text("""
    INSERT INTO pair (province_id, enrolment_id)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[])) AS u (province_id, enrolment_id)
    ORDER BY enrolment_id ON CONFLICT DO NOTHING
""")
_LOCK_ROOT = sa.text("SELECT 1 FROM pair WHERE enrolment_id = ANY(:ids) ORDER BY enrolment_id FOR NO KEY UPDATE")
_JOIN = """
    UPDATE pair p SET {half} = u.value
    FROM unnest(CAST(:ids AS uuid[]), CAST(:values AS text[])) AS u (id, value) WHERE p.enrolment_id = u.id
"""
_HALVES = {
    "unit_name": sa.text(_JOIN.format(half="unit_name")),
    "status": sa.text(_JOIN.format(half="status")),
}
_MEET = sa.text("UPDATE pair SET joined = unit_name || ' / ' || status WHERE enrolment_id = ANY(:ids)")


async def show_units(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """Rows of `shown`, and an `effect` row for each version applied. Names of faults raise them."""
    names = [one.state.periods[0].name for one in batch]
    if REFUSED_BY_THE_RULE in names:
        raise PermanentError("the rule says no")
    if STRANGE in names:
        raise KeyError("of no known class")
    arrays = {"ids": [one.event.aggregate_id for one in batch], "versions": [one.event.version for one in batch]}
    await connection.execute(_SHOW, arrays | {"provinces": [one.event.province_id for one in batch], "names": names})
    await connection.execute(_EFFECT, arrays)


async def _half(connection: AsyncConnection, batch: Sequence[Received], half: str, values: list[str]) -> None:
    ids = [one.event.aggregate_id for one in batch]
    await connection.execute(_ROOT, {"provinces": [one.event.province_id for one in batch], "ids": ids})
    await connection.execute(_LOCK_ROOT, {"ids": ids})
    await connection.execute(_HALVES[half], {"ids": ids, "values": values})
    await connection.execute(_MEET, {"ids": ids})


async def join_enrolments(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """One half of `pair`."""
    await _half(connection, batch, "unit_name", [one.state.unit_name for one in batch])


async def join_results(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """The other half."""
    await _half(connection, batch, "status", [one.state.status for one in batch])


HANDLERS: dict[str, Handler] = {"unit": show_units, "enrolment": join_enrolments, "result": join_results}


def applier(engine: AsyncEngine, handlers: dict[str, Handler] | None = None) -> Applier:
    """The product's applier over these handlers, at a time that stands still."""

    def clock() -> datetime:
        return NOW

    return Applier(engine, handlers or HANDLERS, clock, new_id)


async def rows(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    """All that the handlers and the applier left behind, but for what was parked."""
    found: list[tuple[Any, ...]] = []
    async with engine.connect() as connection:
        for table in ("shown", "pair", "version_seen"):
            answer = await connection.execute(sa.text(f"SELECT t::text FROM {table} t ORDER BY 1"))
            found += [(table, *row) for row in answer]
    return found


async def parked(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    """`(aggregate id, version, reason, state)` of what was parked."""
    async with engine.connect() as connection:
        answer = await connection.execute(
            sa.text("SELECT aggregate_id, version, reason, state FROM parked_event ORDER BY log_offset, version")
        )
        return [tuple(row) for row in answer]


async def shown(engine: AsyncEngine) -> dict[UUID, int]:
    """Unit -> version applied."""
    async with engine.connect() as connection:
        return {row[0]: row[1] for row in await connection.execute(sa.text("SELECT unit_id, version FROM shown"))}
