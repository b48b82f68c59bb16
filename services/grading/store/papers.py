"""Papers that wait for a mark: added up by class for the board of markers, and one by one, longest waiting first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.identity import Reach


@dataclass(frozen=True)
class Filter:
    """What was asked for; None: everything. A unit means itself and all below it, as the tree was at the enrolment."""

    unit: UUID | None = None
    class_id: UUID | None = None
    course: str | None = None


@dataclass(frozen=True)
class OfClass:
    """What waits in one class; `state` is roster's JSON of one of its enrolments, which names the graders."""

    class_id: UUID
    papers: int
    finals: int
    learners: int
    oldest_at: datetime
    state: bytes


_WAITING = """
    FROM enrolment e CROSS JOIN LATERAL jsonb_to_recordset(e.unmarked) AS u (paper text, attempt int, since timestamptz)
    WHERE e.province_id = :province_id AND e.unmarked IS NOT NULL
      AND (:everything OR e.unit_path && CAST(:units AS uuid[]) OR e.class_id = ANY(CAST(:classes AS uuid[]))
           OR e.audience = ANY(CAST(:audiences AS text[])) OR e.person_id = CAST(:person AS uuid))
      AND (CAST(:unit AS uuid) IS NULL OR e.unit_path @> ARRAY[CAST(:unit AS uuid)])
      AND (CAST(:class_id AS uuid) IS NULL OR e.class_id = :class_id)
      AND (CAST(:course AS text) IS NULL OR e.course = :course)
"""

_BY_CLASS = sa.text(f"""
    WITH waiting AS (
        SELECT e.class_id, count(*) AS papers, count(*) FILTER (WHERE u.paper = 'final') AS finals,
               count(DISTINCT e.enrolment_id) AS learners, min(u.since) AS oldest_at
        {_WAITING} GROUP BY e.class_id
    )
    SELECT w.*, (SELECT o.state FROM enrolment o WHERE o.province_id = :province_id AND o.class_id = w.class_id
                 ORDER BY o.enrolment_id LIMIT 1) AS state
    FROM waiting w ORDER BY w.class_id
""")

_COUNT = sa.text(f"SELECT count(*) {_WAITING}")

_PAGE = sa.text(f"""
    SELECT e.enrolment_id, e.person_id, e.state, u.paper, u.attempt, u.since
    {_WAITING}
      AND (CAST(:after_since AS timestamptz) IS NULL
           OR (u.since, e.enrolment_id, u.paper)
              > (CAST(:after_since AS timestamptz), CAST(:after_id AS uuid), CAST(:after_paper AS text)))
    ORDER BY u.since, e.enrolment_id, u.paper LIMIT :limit
""")


def _parameters(province_id: UUID, reach: Reach, asked: Filter) -> dict[str, object]:
    return reach.parameters() | {
        "province_id": province_id,
        "unit": asked.unit,
        "class_id": asked.class_id,
        "course": asked.course,
    }


async def by_class(connection: AsyncConnection, province_id: UUID, reach: Reach, asked: Filter) -> list[OfClass]:
    """The classes in which any paper waits."""
    rows = await connection.execute(_BY_CLASS, _parameters(province_id, reach, asked))
    return [OfClass(r.class_id, r.papers, r.finals, r.learners, r.oldest_at, r.state) for r in rows]


async def page(
    connection: AsyncConnection,
    province_id: UUID,
    reach: Reach,
    asked: Filter,
    *,
    after: tuple[datetime, UUID, str] | None,
    limit: int,
) -> tuple[list[Mapping[str, Any]], int]:
    """One page of papers, the longest waiting first, and how many there are in all."""
    given = _parameters(province_id, reach, asked)
    total = (await connection.execute(_COUNT, given)).scalar_one()
    since, enrolment_id, paper = after or (None, None, None)
    place = {"after_since": since, "after_id": enrolment_id, "after_paper": paper, "limit": limit}
    rows = await connection.execute(_PAGE, given | place)
    return [dict(row) for row in rows.mappings()], total
