"""What a vendor delivered: added up with its errors by kind, and delivery by delivery, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_OF = """
    FROM delivery d WHERE d.province_id = :province_id AND d.vendor = :vendor
      AND (CAST(:since AS timestamptz) IS NULL OR d.received_at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR d.received_at <= :until)
"""

_SUMS = sa.text(f"""
    SELECT count(*) AS deliveries, max(d.received_at) AS last_seen_at,
           count(*) FILTER (WHERE d.outcome -> 'malformed' IS NOT NULL) AS malformed,
           coalesce(sum(CAST(d.outcome ->> 'accepted' AS bigint)), 0) AS accepted,
           coalesce(sum(CAST(d.outcome ->> 'duplicates' AS bigint)), 0) AS duplicates,
           coalesce(sum(CAST(d.outcome ->> 'parked' AS bigint)), 0) AS parked,
           coalesce(sum(jsonb_array_length(d.outcome -> 'rejected')), 0) AS rejected
    {_OF}
""")

# Reasons name a field and never a value, so that there are as many as there are kinds of errors.
_ERRORS = sa.text(f"""
    SELECT e.reason, count(*) AS number, max(e.received_at) AS last_at
    FROM (
        SELECT d.received_at, r.value ->> 'reason' AS reason
        FROM (SELECT d.received_at, d.outcome {_OF}) AS d
        CROSS JOIN LATERAL jsonb_array_elements(coalesce(d.outcome -> 'rejected', '[]')) AS r
        UNION ALL
        SELECT d.received_at, d.outcome ->> 'malformed' {_OF} AND d.outcome -> 'malformed' IS NOT NULL
    ) AS e
    GROUP BY e.reason ORDER BY number DESC, e.reason LIMIT 200
""")

_WAITING = sa.text("""
    SELECT count(*) AS events, count(DISTINCT (e.course, e.learner)) AS learners FROM evidence e
    WHERE e.province_id = :province_id AND e.vendor = :vendor
      AND NOT EXISTS (SELECT FROM claim c WHERE c.province_id = e.province_id AND c.course = e.course
                        AND c.learner = e.learner)
""")

_FAULTY = """
    AND (NOT :faulty OR d.outcome -> 'malformed' IS NOT NULL OR jsonb_array_length(d.outcome -> 'rejected') > 0)
"""
_COUNT = sa.text(f"SELECT count(*) {_OF} {_FAULTY}")
_PAGE = sa.text(f"""
    SELECT d.id, d.received_at, d.webhook_id, octet_length(d.body) AS bytes, CAST(d.outcome AS text) AS outcome
    {_OF} {_FAULTY}
      AND (CAST(:after_at AS timestamptz) IS NULL OR (d.received_at, d.id) < (:after_at, CAST(:after_id AS uuid)))
    ORDER BY d.received_at DESC, d.id DESC LIMIT :limit
""")


async def summary(
    connection: AsyncConnection, province_id: UUID, vendor: str, since: datetime | None, until: datetime | None
) -> dict[str, Any]:
    """Sums, errors by kind, and what waits for an enrolment now."""
    which = {"province_id": province_id, "vendor": vendor}
    span = which | {"since": since, "until": until}
    sums = (await connection.execute(_SUMS, span)).mappings().one()
    errors = [dict(row) for row in (await connection.execute(_ERRORS, span)).mappings()]
    waiting = (await connection.execute(_WAITING, which)).mappings().one()
    return {"sums": dict(sums), "errors": errors, "waiting": dict(waiting)}


async def page(
    connection: AsyncConnection,
    province_id: UUID,
    vendor: str,
    *,
    faulty: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> tuple[list[dict[str, Any]], int]:
    """One page of deliveries without their bodies, the newest first, and how many there are; `faulty`: only those
    with an error."""
    given = {"province_id": province_id, "vendor": vendor, "since": None, "until": None, "faulty": faulty}
    at, last = after or (None, None)
    total = (await connection.execute(_COUNT, given)).scalar_one()
    rows = await connection.execute(_PAGE, given | {"after_at": at, "after_id": last, "limit": limit})
    return [dict(row) | {"outcome": msgspec.json.decode(row["outcome"])} for row in rows.mappings()], total
