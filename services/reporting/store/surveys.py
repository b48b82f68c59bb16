"""The end-of-course surveys answered by an instant: how many gave which three answers, by unit and offering."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.reports.frame import Answered
from services.reporting.store.counts import PLACED, Counting

_ANSWERED = sa.text(f"""
    WITH {PLACED}
    SELECT p.row_id, s.offering_id, s.answer_content, s.answer_organisation, s.answer_staff, count(*) AS number
    FROM seat s JOIN placed p USING (place_id)
    WHERE s.province_id = :province_id AND s.answered_at <= :as_of AND s.enrolled_at <= :as_of
      AND (s.withdrawn_at IS NULL OR s.withdrawn_at > :as_of)
      AND (CAST(:offerings AS uuid[]) IS NULL OR s.offering_id = ANY(CAST(:offerings AS uuid[])))
    GROUP BY p.row_id, s.offering_id, s.answer_content, s.answer_organisation, s.answer_staff
""")


async def count(connection: AsyncConnection, counting: Counting) -> list[Answered]:
    """The answers of enrolments that are not withdrawn, the newest of each."""
    rows = await connection.execute(_ANSWERED, counting.parameters() | {"as_of": counting.as_of})
    return [Answered(row[0], row[1], (row[2], row[3], row[4]), row.number) for row in rows]
