"""What moved on each Vietnamese day: the counted figures from the daily deltas, heads from the spans of the seats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.seats import COUNTED
from services.reporting.store.counts import FINAL, PLACED

_SUMS = sa.text(f"""
    WITH {PLACED}
    SELECT d.day, {", ".join(f"sum(d.{figure}) AS {figure}" for figure in COUNTED)}
    FROM daily_delta d JOIN placed p USING (place_id)
    WHERE d.province_id = :province_id AND d.day <= :until
      AND (CAST(:offerings AS uuid[]) IS NULL OR d.offering_id = ANY(CAST(:offerings AS uuid[])))
    GROUP BY d.day
""")


def _day(instant: str) -> str:
    return f"CAST({instant} AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)"


# A person (a class) counts on the days of any of her seats: the union of their spans, each as of the day's end.
_HEADS = sa.text(f"""
    WITH RECURSIVE {PLACED},
    {FINAL},
    seats AS (
        SELECT s.class_id, coalesce(f.into_id, s.person_id) AS person_id, {_day("s.enrolled_at")} AS first,
               {_day("s.withdrawn_at")} AS gone, {_day("s.with_account_at")} AS with_account,
               {_day("s.first_login_at")} AS logged_in
        FROM seat s JOIN placed p USING (place_id) LEFT JOIN final f ON f.person_id = s.person_id
        WHERE s.province_id = :province_id
          AND (CAST(:offerings AS uuid[]) IS NULL OR s.offering_id = ANY(CAST(:offerings AS uuid[])))
    ),
    begun (figure, key, since, gone) AS (
        SELECT 'persons', person_id, first, gone FROM seats
        UNION ALL SELECT 'classes', class_id, first, gone FROM seats
        UNION ALL SELECT 'with_account', person_id, greatest(first, with_account), gone FROM seats
                  WHERE with_account IS NOT NULL
        UNION ALL SELECT 'logged_in', person_id, greatest(first, logged_in), gone FROM seats
                  WHERE logged_in IS NOT NULL
    ),
    spans AS (
        SELECT figure, unnest(range_agg(daterange(since, gone))) AS span FROM begun
        WHERE gone IS NULL OR since < gone GROUP BY figure, key
    ),
    moved (figure, day, delta) AS (
        SELECT figure, lower(span), 1 FROM spans
        UNION ALL SELECT figure, upper(span), -1 FROM spans WHERE NOT upper_inf(span)
    )
    SELECT figure, day, sum(delta) AS delta FROM moved WHERE day <= :until GROUP BY figure, day
""")


async def moved(
    connection: AsyncConnection,
    province_id: UUID,
    places: list[UUID],
    offerings: tuple[UUID, ...] | None,
    until: date,
) -> Mapping[date, Mapping[str, int]]:
    """By how much each figure rose or fell on each day up to `until` (inclusive) over these places; days on which
    nothing moved are left out. Added up from the first day on they are the figures at each day's end."""
    given: dict[str, Any] = {
        "province_id": province_id,
        "places": places,
        "rows": places,
        "offerings": None if offerings is None else list(offerings),
        "until": until,
    }
    found: dict[date, Counter[str]] = {}
    for day, *sums in await connection.execute(_SUMS, given):
        found.setdefault(day, Counter()).update(dict(zip(COUNTED, map(int, sums), strict=True)))
    for figure, day, delta in await connection.execute(_HEADS, given):
        found.setdefault(day, Counter())[figure] += int(delta)
    return {day: counts for day, counts in found.items() if any(counts.values())}
