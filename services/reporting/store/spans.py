"""The stages of seats as rows: one row for each stage a seat was in, with no gap between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.differences import Difference, SeatKey
from services.reporting.domain.stages import Span

_OF = sa.text("""
    SELECT g.province_id, g.seat_id, g.stage, g.since, g.until
    FROM stage g JOIN unnest(CAST(:provinces AS uuid[]), CAST(:seats AS uuid[])) AS u (province_id, seat_id)
      USING (province_id, seat_id)
    ORDER BY g.seat_id, g.since
""")

_LEAVE = sa.text("""
    DELETE FROM stage g
    USING unnest(CAST(:provinces AS uuid[]), CAST(:seats AS uuid[]), CAST(:sinces AS timestamptz[]))
          AS u (province_id, seat_id, since)
    WHERE g.province_id = u.province_id AND g.seat_id = u.seat_id AND g.since = u.since
""")

_ENTER = sa.text("""
    INSERT INTO stage (province_id, seat_id, since, until, stage)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:seats AS uuid[]), CAST(:sinces AS timestamptz[]),
                         CAST(:untils AS timestamptz[]), CAST(:stages AS text[]))
    ON CONFLICT (province_id, seat_id, since) DO UPDATE SET until = excluded.until, stage = excluded.stage
""")


async def of(connection: AsyncConnection, keys: Sequence[SeatKey]) -> dict[SeatKey, tuple[Span, ...]]:
    """The stages of these seats, oldest first."""
    arrays = {"provinces": [province for province, _ in keys], "seats": [seat for _, seat in keys]}
    found: dict[SeatKey, list[Span]] = {}
    for province_id, seat_id, stage, since, until in await connection.execute(_OF, arrays):
        found.setdefault((province_id, seat_id), []).append(Span(stage, since, until))
    return {key: tuple(spans) for key, spans in found.items()}


async def put(connection: AsyncConnection, difference: Difference) -> None:
    """Makes the rows follow; the caller holds the seats' locks."""
    if difference.left:
        await connection.execute(_LEAVE, _keys(difference.left))
    if difference.entered:
        more = {
            "untils": [span.until for _, span in difference.entered],
            "stages": [span.stage for _, span in difference.entered],
        }
        await connection.execute(_ENTER, _keys(difference.entered) | more)


def _keys(rows: Sequence[tuple[SeatKey, Span]]) -> dict[str, list[Any]]:
    return {
        "provinces": [province for (province, _), _ in rows],
        "seats": [seat for (_, seat), _ in rows],
        "sinces": [span.since for _, span in rows],
    }
