"""Who stands in which stage at an instant: counted by unit and offering, and as a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.reports.frame import Standing
from services.reporting.store.counts import FINAL, PLACED, Counting

_STANDING = """
    g.province_id = :province_id AND g.since <= :as_of AND (g.until IS NULL OR g.until > :as_of)
    AND (CAST(:offerings AS uuid[]) IS NULL OR s.offering_id = ANY(CAST(:offerings AS uuid[])))
"""

_COUNT = sa.text(f"""
    WITH {PLACED}
    SELECT p.row_id, s.offering_id, g.stage, count(*) AS number
    FROM stage g JOIN seat s USING (province_id, seat_id) JOIN placed p USING (place_id)
    WHERE {_STANDING}
    GROUP BY p.row_id, s.offering_id, g.stage
""")

_ASKED = f"""
    {_STANDING}
    AND (CAST(:stages AS text[]) IS NULL OR g.stage = ANY(CAST(:stages AS text[])))
    AND (CAST(:class_id AS uuid) IS NULL OR s.class_id = :class_id)
"""

_TOTAL = sa.text(f"""
    WITH {PLACED}
    SELECT count(*) FROM stage g JOIN seat s USING (province_id, seat_id) JOIN placed p USING (place_id)
    WHERE {_ASKED}
""")

_PAGE = sa.text(f"""
    WITH RECURSIVE {PLACED},
    {FINAL}
    SELECT s.seat_id, coalesce(f.into_id, s.person_id) AS person_id, s.class_id, s.unit_id, s.offering_id, s.course,
           s.subject, s.level, s.audience, s.kind, g.stage, g.since
    FROM stage g JOIN seat s USING (province_id, seat_id) JOIN placed p USING (place_id)
    LEFT JOIN final f ON f.person_id = s.person_id
    WHERE {_ASKED} AND (CAST(:after AS uuid) IS NULL OR s.seat_id > :after)
    ORDER BY s.seat_id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed to; None: everything."""

    stages: Sequence[str] | None
    class_id: UUID | None


async def count(connection: AsyncConnection, counting: Counting) -> list[Standing]:
    """How many stand where, by row, offering and stage, at the counting's instant."""
    rows = await connection.execute(_COUNT, counting.parameters() | {"as_of": counting.as_of})
    return [Standing(row.row_id, row.offering_id, row.stage, row.number) for row in rows]


async def page(
    connection: AsyncConnection, counting: Counting, narrowing: Narrowing, *, after: UUID | None, limit: int
) -> tuple[list[Mapping[str, Any]], int]:
    """One page of enrolments in the order of their ids, and how many there are in all."""
    given = counting.parameters() | {
        "as_of": counting.as_of,
        "stages": None if narrowing.stages is None else list(narrowing.stages),
        "class_id": narrowing.class_id,
    }
    total = (await connection.execute(_TOTAL, given)).scalar_one()
    rows = await connection.execute(_PAGE, given | {"after": after, "limit": limit})
    return [dict(row) for row in rows.mappings()], total
