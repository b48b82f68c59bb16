"""From the register to a paper."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.adapters.drawing import Drawers, Printed, UndrawableError
from services.certificates.store import certificates as store
from services.certificates.store.certificates import Row
from shared.objects import Objects

log = structlog.get_logger()

DRAW_BATCH = 100

_PRINTED = msgspec.json.Decoder(Printed)


async def draw_undrawn(engine: AsyncEngine, drawers: Drawers, objects: Objects, *, now: datetime) -> int:
    """Draws one batch in the process pool, keeps each paper under its hash, then says where it lies; answers how many
    certificates it took.

    A worker that dies in between draws again: the same data gives the same bytes, so the same key. A paper that cannot
    be drawn steps back, so that not even a hundred of them keep others waiting.
    """
    async with engine.begin() as connection:
        rows = await store.undrawn(connection, DRAW_BATCH, now)
        papers = await _drawn(drawers, rows)
        keys = await asyncio.gather(*(objects.keep("certificates", paper) for _, paper in papers))
        if papers:
            await store.drawn(
                connection,
                [(row, key, hashlib.sha256(paper).digest()) for (row, paper), key in zip(papers, keys, strict=True)],
            )
        done = {row.id for row, _ in papers}
        if undrawable := [row for row in rows if row.id not in done]:
            log.error("papers_undrawable", certificates=[str(row.id) for row in undrawable])
            await store.put_off(connection, undrawable, now)
        return len(rows)


async def _drawn(drawers: Drawers, rows: Sequence[Row]) -> list[tuple[Row, bytes]]:
    """The papers of a batch without those that cannot be drawn."""
    left = [(row, printed) for row in rows if (printed := _read(row)) is not None]
    while left:
        try:
            papers = await drawers.draw([printed for _, printed in left])
        except UndrawableError as fault:
            left = [(row, printed) for row, printed in left if row.number != fault.number]
        else:
            return [(row, paper) for (row, _), paper in zip(left, papers, strict=True)]
    return []


def _read(row: Row) -> Printed | None:
    try:
        return _PRINTED.decode(row.printed)
    except msgspec.DecodeError:
        return None
