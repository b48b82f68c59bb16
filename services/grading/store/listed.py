"""The rows of a recognition list for people, with what each rested on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.identity import Reach


@dataclass(frozen=True)
class ListedRow:
    """One row: what it rested on when the list was made (null: made before that was kept) and when it was approved
    (null: a draft), both JSON."""

    enrolment_id: UUID
    proposed: str | None
    frozen: str | None


_WITHIN = """
    FROM recognition_row r JOIN enrolment e USING (province_id, enrolment_id)
    WHERE r.province_id = :province_id AND r.list_id = :id
      AND (:everything OR e.unit_path && CAST(:units AS uuid[]) OR e.class_id = ANY(CAST(:classes AS uuid[]))
           OR e.audience = ANY(CAST(:audiences AS text[])) OR e.person_id = CAST(:person AS uuid))
"""
_ROWS = sa.text(f"""
    SELECT r.enrolment_id, CAST(r.proposed AS text) AS proposed, CAST(r.frozen AS text) AS frozen {_WITHIN}
      AND (CAST(:after AS uuid) IS NULL OR r.enrolment_id > :after)
    ORDER BY r.enrolment_id LIMIT :limit
""")
_COUNT = sa.text(f"SELECT count(*) {_WITHIN}")


async def rows(
    connection: AsyncConnection, province_id: UUID, reach: Reach, list_id: UUID, *, after: UUID | None, limit: int
) -> tuple[list[ListedRow], int]:
    """One page of a list's rows within reach in the order of enrolment ids, and how many there are in all."""
    parameters = reach.parameters() | {"province_id": province_id, "id": list_id}
    found = await connection.execute(_ROWS, parameters | {"after": after, "limit": limit})
    page = [ListedRow(*row) for row in found]
    return page, (await connection.execute(_COUNT, parameters)).scalar_one()
