"""Use cases of the tests' own: one aggregate type shown as it is, and two types that meet in one row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.applying import Applier, Handler, Moment, News, PermanentError, Received, raise_versions
from shared.clock import new_id
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
PAIRS = "SELECT enrolment_id, unit_name, status FROM pair WHERE enrolment_id = ANY(:ids) ORDER BY enrolment_id"
"""The rows of `:ids`, without a lock."""
_LOCK_ROOT = sa.text(f"{PAIRS} FOR NO KEY UPDATE")
_WRITE = sa.text("""
    UPDATE pair p SET unit_name = u.unit_name, status = u.status, joined = u.unit_name || ' / ' || u.status
    FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:statuses AS text[])) AS u (id, unit_name, status)
    WHERE p.enrolment_id = u.id
""")


@dataclass(frozen=True)
class Pair:
    """Both halves of a join, as far as they are known."""

    unit_name: str | None
    status: str | None


Root = Callable[[AsyncConnection, list[UUID]], Awaitable[dict[UUID, Pair]]]
"""Reads the pairs of these enrolments, which are there, so that what the transaction writes next is still true."""


async def lock_root(connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, Pair]:
    """Under lock, as every join of the services does."""
    return pairs_of(await connection.execute(_LOCK_ROOT, {"ids": ids}))


def pairs_of(found: sa.CursorResult[Any]) -> dict[UUID, Pair]:
    """From rows of PAIRS."""
    return {row.enrolment_id: Pair(row.unit_name, row.status) for row in found}


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


async def _join(
    connection: AsyncConnection, batch: Sequence[Received], root: Root, change: Callable[[Pair, Any], Pair]
) -> None:
    ids = [one.event.aggregate_id for one in batch]
    await connection.execute(_ROOT, {"provinces": [one.event.province_id for one in batch], "ids": ids})
    known = await root(connection, ids)
    pairs = [change(known[one.event.aggregate_id], one.state) for one in batch]
    written = {"ids": ids, "names": [pair.unit_name for pair in pairs], "statuses": [pair.status for pair in pairs]}
    await connection.execute(_WRITE, written)


def handlers_over(root: Root) -> dict[str, Handler]:
    """The handlers, with that reading of a join's root."""

    async def join_enrolments(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
        await _join(connection, batch, root, lambda pair, state: replace(pair, unit_name=state.unit_name))

    async def join_results(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
        await _join(connection, batch, root, lambda pair, state: replace(pair, status=state.status))

    return {"unit": show_units, "enrolment": join_enrolments, "result": join_results}


HANDLERS = handlers_over(lock_root)


def applier(engine: AsyncEngine, handlers: dict[str, Handler] | None = None, news: News = raise_versions) -> Applier:
    """The product's applier over these handlers, at a time that stands still."""

    def clock() -> datetime:
        return NOW

    return Applier(engine, handlers or HANDLERS, clock, new_id, news)


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
