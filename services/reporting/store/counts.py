"""What the reports count: sums from the daily deltas and the last day's movements, heads distinct over the seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.reports.frame import NOTHING, Course, Frame, Heads, Sums, rolled_up
from services.reporting.domain.seats import COUNTED

PLACED = "placed AS (SELECT * FROM unnest(CAST(:places AS uuid[]), CAST(:rows AS uuid[])) AS p (place_id, row_id))"

_OF_OFFERINGS = "(CAST(:offerings AS uuid[]) IS NULL OR d.offering_id = ANY(CAST(:offerings AS uuid[])))"

_SPAN = sa.text("SELECT min(day) AS first, max(day) AS last FROM daily_delta WHERE province_id = :province_id")

# From the beginning, or back from what stands now: whichever has fewer days to read.
_FORWARD = sa.text(f"""
    WITH {PLACED}
    SELECT p.row_id, d.offering_id, {", ".join(f"sum(d.{figure}) AS {figure}" for figure in COUNTED)}
    FROM daily_delta d JOIN placed p USING (place_id)
    WHERE d.province_id = :province_id AND d.day < :before AND {_OF_OFFERINGS}
    GROUP BY p.row_id, d.offering_id
""")

_BACKWARD = sa.text(f"""
    WITH {PLACED}
    SELECT p.row_id, d.offering_id, {", ".join(f"sum(d.{figure}) AS {figure}" for figure in COUNTED)}
    FROM (
        SELECT place_id, offering_id, {", ".join(COUNTED)} FROM standing WHERE province_id = :province_id
        UNION ALL
        SELECT place_id, offering_id, {", ".join(f"-{figure}" for figure in COUNTED)} FROM daily_delta
        WHERE province_id = :province_id AND day >= :before
    ) AS d JOIN placed p USING (place_id)
    WHERE {_OF_OFFERINGS}
    GROUP BY p.row_id, d.offering_id
""")

_ON_THE_DAY = sa.text(f"""
    WITH {PLACED}
    SELECT p.row_id, s.offering_id, m.figure, sum(m.delta) AS delta
    FROM movement m
    JOIN seat s USING (province_id, seat_id)
    JOIN placed p USING (place_id)
    WHERE m.province_id = :province_id AND m.at >= :since AND m.at <= :as_of
      AND (CAST(:offerings AS uuid[]) IS NULL OR s.offering_id = ANY(CAST(:offerings AS uuid[])))
    GROUP BY p.row_id, s.offering_id, m.figure
""")

# Persons merged into another count as that one, along the whole chain; needs WITH RECURSIVE.
FINAL = """
    merged (person_id, into_id, steps) AS (
        SELECT person_id, merged_into, 1 FROM person
        WHERE province_id = :province_id AND merged_into IS NOT NULL
        UNION ALL
        SELECT m.person_id, p.merged_into, m.steps + 1
        FROM merged m JOIN person p
          ON p.province_id = :province_id AND p.person_id = m.into_id AND p.merged_into IS NOT NULL
        WHERE m.steps < 16
    ),
    final AS (SELECT DISTINCT ON (person_id) person_id, into_id FROM merged ORDER BY person_id, steps DESC)
"""

# Hashing by person first is no faster (measured).
_DISTINCT = sa.text(f"""
    WITH RECURSIVE {PLACED},
    {FINAL},
    active AS MATERIALIZED (
        SELECT p.row_id, s.offering_id, s.class_id, coalesce(f.into_id, s.person_id) AS person_id,
               coalesce(s.with_account_at <= :as_of, false) AS has_account,
               coalesce(s.first_login_at <= :as_of, false) AS logged_in
        FROM seat s JOIN placed p USING (place_id) LEFT JOIN final f ON f.person_id = s.person_id
        WHERE s.province_id = :province_id AND s.enrolled_at <= :as_of
          AND (s.withdrawn_at IS NULL OR s.withdrawn_at > :as_of)
          AND (CAST(:offerings AS uuid[]) IS NULL OR s.offering_id = ANY(CAST(:offerings AS uuid[])))
    )
    SELECT CASE WHEN grouping(row_id) = 0 THEN 'unit' WHEN grouping(offering_id) = 0 THEN 'offering' ELSE 'total' END
               AS part,
           coalesce(row_id, offering_id) AS key, count(DISTINCT person_id) AS persons,
           count(DISTINCT class_id) AS classes, count(DISTINCT person_id) FILTER (WHERE has_account) AS with_account,
           count(DISTINCT person_id) FILTER (WHERE logged_in) AS logged_in, count(*) AS seats
    FROM active
    GROUP BY GROUPING SETS ((), (row_id), (offering_id))
""")

# Within one offering these are the same for all seats; while a correction travels, the greatest is shown.
_COURSES = sa.text(f"""
    WITH {PLACED}
    SELECT s.offering_id, max(s.course) AS course, max(s.subject) AS subject, max(s.level) AS level,
           max(s.audience) AS audience
    FROM seat s JOIN placed p USING (place_id)
    WHERE s.province_id = :province_id
      AND (CAST(:offerings AS uuid[]) IS NULL OR s.offering_id = ANY(CAST(:offerings AS uuid[])))
    GROUP BY s.offering_id
""")

_OFFERINGS_OF_COURSE = sa.text("""
    SELECT DISTINCT offering_id FROM seat WHERE province_id = :province_id AND course = :course
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What to count: up to when, in which rows each place counts, of which offerings (None: all).

    Whole days before `before` come from the daily deltas; movements from `since` up to `as_of` are added, unless
    `since` is None: then `before` takes in the last day as a whole.
    """

    province_id: UUID
    as_of: datetime
    before: date
    since: datetime | None
    rows: Mapping[UUID, UUID]
    offerings: tuple[UUID, ...] | None

    def parameters(self) -> dict[str, Any]:
        """As the statements name them."""
        return {
            "province_id": self.province_id,
            "places": list(self.rows),
            "rows": list(self.rows.values()),
            "offerings": None if self.offerings is None else list(self.offerings),
        }


async def offerings_of_course(connection: AsyncConnection, province_id: UUID, course: str) -> tuple[UUID, ...]:
    """The offerings with the vendor's course code; none where nobody was enrolled in it."""
    found = await connection.execute(_OFFERINGS_OF_COURSE, {"province_id": province_id, "course": course})
    return tuple(found.scalars())


@dataclass(frozen=True, slots=True)
class Counted:
    """A frame, and the enrolments as the seats have them: equal to the frame's, or the counts are wrong (REP-2)."""

    frame: Frame
    seats: int


async def count(connection: AsyncConnection, counting: Counting) -> Counted:
    """Counts everything of a frame; the caller's transaction must see one snapshot."""
    given = counting.parameters()
    first, last = (await connection.execute(_SPAN, {"province_id": counting.province_id})).one()
    late = first is not None and counting.before - first > last - counting.before
    cells = _cells(await connection.execute(_BACKWARD if late else _FORWARD, given | {"before": counting.before}))
    if counting.since is not None:
        moved = await connection.execute(_ON_THE_DAY, given | {"since": counting.since, "as_of": counting.as_of})
        for row_id, offering_id, figure, delta in moved:
            sums = list(cells.get((row_id, offering_id), NOTHING))
            sums[COUNTED.index(figure)] += delta
            cells[row_id, offering_id] = tuple(sums)
    whole, units, offerings = rolled_up((row, offering, sums) for (row, offering), sums in cells.items())
    parts: dict[str, dict[UUID | None, Heads]] = {"total": {}, "unit": {}, "offering": {}}
    seats = 0
    for row in await connection.execute(_DISTINCT, given | {"as_of": counting.as_of}):
        parts[row.part][row.key] = Heads(
            persons=row.persons,
            classes=row.classes,
            with_account=row.with_account,
            logged_in=row.logged_in,
        )
        seats += row.seats if row.part == "total" else 0
    courses = {
        row.offering_id: Course(row.course, row.subject, row.level, row.audience)
        for row in await connection.execute(_COURSES, given)
    }
    frame = Frame(
        whole,
        units,
        offerings,
        parts["total"].get(None, Heads()),
        {key: heads for key, heads in parts["unit"].items() if key is not None},
        {key: heads for key, heads in parts["offering"].items() if key is not None},
        courses,
    )
    return Counted(frame, seats)


def _cells(rows: Iterable[Any]) -> dict[tuple[UUID, UUID], Sums]:
    return {(row[0], row[1]): tuple(map(int, row[2:])) for row in rows}
