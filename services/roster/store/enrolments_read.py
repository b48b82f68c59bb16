"""Enrolments as people look for them: by unit, class, offering, person, in Vietnamese order of names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.identity import Reach


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What was asked for; None: everything. A unit means itself and all below it, as the tree was at the enrolment."""

    unit_id: UUID | None = None
    class_id: UUID | None = None
    offering_id: UUID | None = None
    person_id: UUID | None = None
    ids: Sequence[UUID] | None = None
    withdrawn: bool = False


_FROM = """
    FROM enrolment e
    JOIN person p USING (province_id, person_id)
    JOIN class c USING (province_id, class_id)
    JOIN offering o ON o.province_id = e.province_id AND o.offering_id = e.offering_id
    WHERE e.province_id = :province_id
      AND (:everything OR e.unit_path && CAST(:units AS uuid[]) OR e.class_id = ANY(CAST(:classes AS uuid[]))
           OR o.audience = ANY(CAST(:audiences AS text[])) OR e.person_id = CAST(:person AS uuid))
      AND (CAST(:unit_id AS uuid) IS NULL OR e.unit_path @> ARRAY[CAST(:unit_id AS uuid)])
      AND (CAST(:class_id AS uuid) IS NULL OR e.class_id = :class_id)
      AND (CAST(:offering_id AS uuid) IS NULL OR e.offering_id = :offering_id)
      AND (CAST(:person_id AS uuid) IS NULL OR e.person_id = :person_id)
      AND (CAST(:ids AS uuid[]) IS NULL OR e.enrolment_id = ANY(CAST(:ids AS uuid[])))
      AND (:withdrawn OR e.withdrawn_at IS NULL)
"""

_COUNT = sa.text(f"SELECT count(*) {_FROM}")

_PAGE = sa.text(f"""
    SELECT e.enrolment_id, e.person_id, p.name, p.sort_key, p.birth_date, p.phone, e.unit_id, e.unit_name, e.unit_path,
           e.position, e.class_id, c.code AS class_code, e.offering_id, o.course, o.title, o.subject, o.level,
           o.audience, e.kind, e.windows, e.enrolled_at, e.withdrawn_at, e.withdrawn_reason, e.first_login_at, e.steps,
           ARRAY(SELECT a.account FROM account a WHERE a.province_id = :province_id AND a.person_id = e.person_id
                   AND a.until IS NULL ORDER BY a.since, a.account) AS accounts,
           ARRAY(SELECT g.account FROM class_grader g WHERE g.province_id = :province_id
                   AND g.class_id = e.class_id ORDER BY g.rank) AS graders
    {_FROM}
      AND (CAST(:after_id AS uuid) IS NULL
           OR (p.sort_key, e.enrolment_id) > (CAST(:after_key AS text) COLLATE "C", CAST(:after_id AS uuid)))
    ORDER BY p.sort_key, e.enrolment_id LIMIT :limit
""")


async def page(
    connection: AsyncConnection,
    province_id: UUID,
    reach: Reach,
    asked: Filter,
    *,
    after: tuple[str, UUID] | None = None,
    limit: int,
) -> tuple[int, list[dict[str, Any]]]:
    """How many are found within reach, and one page, unmasked: the caller masks."""
    key, last = after or (None, None)
    what = reach.parameters() | {
        "province_id": province_id,
        "unit_id": asked.unit_id,
        "class_id": asked.class_id,
        "offering_id": asked.offering_id,
        "person_id": asked.person_id,
        "ids": None if asked.ids is None else list(asked.ids),
        "withdrawn": asked.withdrawn,
    }
    total = (await connection.execute(_COUNT, what)).scalar_one()
    rows = await connection.execute(_PAGE, what | {"after_key": key, "after_id": last, "limit": limit})
    return total, [dict(row) for row in rows.mappings()]
