"""Reading results for people: lists within the caller's reach, and one with its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.identity import Reach


@dataclass(frozen=True)
class Filter:
    """What was asked for."""

    unit: UUID | None = None
    class_id: UUID | None = None
    person_id: UUID | None = None
    status: str | None = None
    missing: str | None = None
    course: str | None = None
    after: UUID | None = None
    limit: int = 50


@dataclass(frozen=True)
class ResultRow:
    """An enrolment with its result and the certificate that counts, all as JSON."""

    enrolment_id: UUID
    state: bytes
    result: bytes
    certificate: str | None


_WITHIN = """
    province_id = :province_id AND result IS NOT NULL
    AND (:everything OR unit_path && CAST(:units AS uuid[]) OR class_id = ANY(CAST(:classes AS uuid[]))
         OR audience = ANY(CAST(:audiences AS text[])) OR person_id = CAST(:person AS uuid))
    AND (CAST(:unit AS uuid) IS NULL OR unit_path @> ARRAY[CAST(:unit AS uuid)])
    AND (CAST(:class_id AS uuid) IS NULL OR class_id = :class_id)
    AND (CAST(:person_id AS uuid) IS NULL OR person_id = :person_id)
    AND (CAST(:status AS text) IS NULL OR status = :status)
    AND (CAST(:missing AS text) IS NULL
         OR convert_from(result, 'UTF8')::jsonb -> 'missing'
            @> jsonb_build_array(jsonb_build_object('what', CAST(:missing AS text))))
    AND (CAST(:course AS text) IS NULL OR course = :course)
"""
_LIST = sa.text(f"""
    SELECT enrolment_id, state, result, CAST(certificate -> -1 AS text) AS certificate FROM enrolment
    WHERE {_WITHIN} AND (CAST(:after AS uuid) IS NULL OR enrolment_id > :after)
    ORDER BY enrolment_id LIMIT :limit
""")
_COUNT = sa.text(f"SELECT count(*) FROM enrolment WHERE {_WITHIN}")
_ONE = sa.text("""
    SELECT enrolment_id, state, result, CAST(certificate -> -1 AS text) AS certificate FROM enrolment
    WHERE province_id = :province_id AND enrolment_id = :enrolment_id AND result IS NOT NULL
""")
_INPUTS = sa.text("""
    SELECT e.vendor, e.event_id, e.type, e.at, e.recorded_at, e.learner, CAST(e.facts AS text) AS facts
    FROM claim c JOIN evidence e USING (province_id, course, learner)
    WHERE c.province_id = :province_id AND c.enrolment_id = :enrolment_id ORDER BY e.at, e.event_id
""")


def _parameters(province_id: UUID, reach: Reach, asked: Filter) -> dict[str, object]:
    return reach.parameters() | {
        "province_id": province_id,
        "unit": asked.unit,
        "class_id": asked.class_id,
        "person_id": asked.person_id,
        "status": asked.status,
        "missing": asked.missing,
        "course": asked.course,
        "after": asked.after,
        "limit": asked.limit,
    }


async def results(
    connection: AsyncConnection, province_id: UUID, reach: Reach, asked: Filter
) -> tuple[list[ResultRow], int]:
    """One page of results in the order of enrolment ids, and how many there are in all."""
    parameters = _parameters(province_id, reach, asked)
    rows = await connection.execute(_LIST, parameters)
    page = [ResultRow(*row) for row in rows]
    return page, (await connection.execute(_COUNT, parameters)).scalar_one()


async def one(connection: AsyncConnection, province_id: UUID, enrolment_id: UUID) -> ResultRow | None:
    """One result."""
    rows = await connection.execute(_ONE, {"province_id": province_id, "enrolment_id": enrolment_id})
    row = rows.one_or_none()
    return None if row is None else ResultRow(*row)


async def inputs(connection: AsyncConnection, province_id: UUID, enrolment_id: UUID) -> list[dict[str, object]]:
    """Every piece of evidence a result was made from, in the order of time; `facts` is JSON text."""
    rows = await connection.execute(_INPUTS, {"province_id": province_id, "enrolment_id": enrolment_id})
    return [dict(row) for row in rows.mappings()]
