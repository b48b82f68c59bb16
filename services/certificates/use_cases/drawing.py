"""From the register to a paper."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

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


async def draw_undrawn(engine: AsyncEngine, drawers: Drawers, objects: Objects) -> int:
    """Draws one batch in the process pool, keeps each paper under its hash, then says where it lies.

    A worker that dies in between draws again: the same data gives the same bytes, so the same key.
    """
    async with engine.begin() as connection:
        papers = await _drawn(drawers, await store.undrawn(connection, DRAW_BATCH))
        if not papers:
            return 0
        keys = await asyncio.gather(*(objects.keep("certificates", paper) for _, paper in papers))
        await store.drawn(
            connection,
            [(row, key, hashlib.sha256(paper).digest()) for (row, paper), key in zip(papers, keys, strict=True)],
        )
        return len(papers)


async def _drawn(drawers: Drawers, rows: Sequence[Row]) -> list[tuple[Row, bytes]]:
    """The papers of a batch without those that cannot be drawn, which must not keep the others waiting."""
    left = list(rows)
    while left:
        try:
            papers = await drawers.draw([_PRINTED.decode(row.printed) for row in left])
        except UndrawableError as fault:
            faulty = [row.id for row in left if row.number == fault.number]
            log.error("paper_undrawable", certificates=[str(one) for one in faulty])
            left = [row for row in left if row.id not in faulty]
        else:
            return list(zip(left, papers, strict=True))
    return []
