"""Recognition lists, what their approval froze, and the passes that persons took back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.grading.store.enrolments import Key, arrays_of
from shared.identity import Reach


@dataclass(frozen=True)
class ApprovalRow:
    """The newest approved list an enrolment stands on, with what it froze (JSON)."""

    enrolment_id: UUID
    list_id: UUID
    title: str
    approved_at: datetime
    approved_by: str
    approved_by_person: UUID
    recorded_at: datetime
    frozen: str
    pass_withdrawn_at: datetime | None


@dataclass(frozen=True)
class ListRow:
    """A recognition list."""

    id: UUID
    title: str
    made_by: str
    made_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    rows: int


_APPROVALS = sa.text("""
    SELECT DISTINCT ON (r.enrolment_id)
           r.enrolment_id, l.id, l.title, l.approved_at, l.approved_by, l.approved_by_person,
           l.approval_recorded_at, CAST(r.frozen AS text) AS frozen, w.at
    FROM recognition_row r
    JOIN recognition_list l ON l.province_id = r.province_id AND l.id = r.list_id
    LEFT JOIN pass_withdrawal w
      ON w.province_id = r.province_id AND w.enrolment_id = r.enrolment_id AND w.list_id = r.list_id
    WHERE r.province_id = ANY(:provinces) AND r.enrolment_id = ANY(:ids) AND l.approved_at IS NOT NULL
    ORDER BY r.enrolment_id, l.approved_at DESC, l.id DESC
""")
_MAKE_LIST = sa.text("""
    INSERT INTO recognition_list (province_id, id, title, made_by, made_at)
    VALUES (:province_id, :id, :title, :by, :at)
""")
_SAME_DRAFT = sa.text("""
    SELECT l.id FROM recognition_list l
    WHERE l.province_id = :province_id AND l.title = :title AND l.made_by = :by AND l.approved_at IS NULL
      AND CAST(:enrolments AS uuid[]) = ARRAY(
        SELECT r.enrolment_id FROM recognition_row r
        WHERE r.province_id = l.province_id AND r.list_id = l.id ORDER BY r.enrolment_id)
    ORDER BY l.id LIMIT 1
""")
_ADD_ROWS = sa.text("""
    INSERT INTO recognition_row (province_id, list_id, enrolment_id, proposed)
    SELECT :province_id, :id, u.enrolment_id, u.proposed
    FROM unnest(CAST(:enrolments AS uuid[]), CAST(:proposed AS jsonb[])) AS u (enrolment_id, proposed)
    ORDER BY u.enrolment_id
""")
_REACHED = """
    l.province_id = :province_id AND (:everything OR EXISTS (
        SELECT FROM recognition_row r JOIN enrolment e USING (province_id, enrolment_id)
        WHERE r.province_id = l.province_id AND r.list_id = l.id
          AND (e.unit_path && CAST(:units AS uuid[]) OR e.class_id = ANY(CAST(:classes AS uuid[]))
               OR e.audience = ANY(CAST(:audiences AS text[])) OR e.person_id = CAST(:person AS uuid))))
"""
_LIST = sa.text(f"""
    SELECT l.id, l.title, l.made_by, l.made_at, l.approved_by, l.approved_at,
           (SELECT count(*) FROM recognition_row r WHERE r.province_id = l.province_id AND r.list_id = l.id) AS rows
    FROM recognition_list l
    WHERE {_REACHED} AND (CAST(:id AS uuid) IS NULL OR l.id = :id)
      AND (CAST(:after AS uuid) IS NULL OR l.id > :after)
    ORDER BY l.id LIMIT :limit
""")
_COUNT_LISTS = sa.text(f"SELECT count(*) FROM recognition_list l WHERE {_REACHED}")
_LOCK_LIST = sa.text("""
    SELECT approved_at FROM recognition_list WHERE province_id = :province_id AND id = :id FOR NO KEY UPDATE
""")
_ROWS_OF = sa.text("""
    SELECT enrolment_id FROM recognition_row WHERE province_id = :province_id AND list_id = :id ORDER BY enrolment_id
""")
_APPROVE = sa.text("""
    UPDATE recognition_list SET approved_by = :by, approved_by_person = :person, approved_at = :at,
                                approval_recorded_at = :recorded_at
    WHERE province_id = :province_id AND id = :id
""")
_FREEZE = sa.text("""
    UPDATE recognition_row r SET frozen = u.frozen
    FROM unnest(CAST(:enrolments AS uuid[]), CAST(:frozen AS jsonb[])) AS u (enrolment_id, frozen)
    WHERE r.province_id = :province_id AND r.list_id = :id AND r.enrolment_id = u.enrolment_id
""")
_WITHDRAW_PASS = sa.text("""
    INSERT INTO pass_withdrawal (province_id, enrolment_id, list_id, by_account, reason, at, recorded_at)
    VALUES (:province_id, :enrolment_id, :list_id, :by, :reason, :at, :recorded_at) ON CONFLICT DO NOTHING
""")


async def approvals(connection: AsyncConnection, keys: Sequence[Key]) -> dict[UUID, ApprovalRow]:
    """The newest approved list of each enrolment that stands on one."""
    rows = await connection.execute(_APPROVALS, arrays_of(keys))
    return {row.enrolment_id: ApprovalRow(*row) for row in rows}


async def same_draft(
    connection: AsyncConnection, *, province_id: UUID, title: str, enrolments: Sequence[UUID], by: str
) -> UUID | None:
    """The draft that says exactly this already; `enrolments` sorted."""
    row = await connection.execute(
        _SAME_DRAFT, {"province_id": province_id, "title": title, "enrolments": list(enrolments), "by": by}
    )
    return row.scalar_one_or_none()


async def make_list(
    connection: AsyncConnection,
    *,
    province_id: UUID,
    list_id: UUID,
    title: str,
    proposed: Sequence[tuple[UUID, str]],
    by: str,
    at: datetime,
) -> None:
    """Keeps a list and its rows, each with what it rests on (JSON)."""
    keys = {"province_id": province_id, "id": list_id}
    await connection.execute(_MAKE_LIST, keys | {"title": title, "by": by, "at": at})
    await connection.execute(
        _ADD_ROWS, keys | {"enrolments": [row[0] for row in proposed], "proposed": [row[1] for row in proposed]}
    )


async def lists(
    connection: AsyncConnection, province_id: UUID, reach: Reach, *, one: UUID | None, after: UUID | None, limit: int
) -> tuple[list[ListRow], int]:
    """Recognition lists with a learner within reach on them, oldest first, and how many there are in all."""
    parameters = reach.parameters() | {"province_id": province_id}
    rows = await connection.execute(_LIST, parameters | {"id": one, "after": after, "limit": limit})
    page = [ListRow(*row) for row in rows]
    return page, (await connection.execute(_COUNT_LISTS, parameters)).scalar_one()


async def lock_list(connection: AsyncConnection, province_id: UUID, list_id: UUID) -> tuple[bool, list[UUID]] | None:
    """Locks a list; answers whether it is approved, and its enrolments in order. None where there is none."""
    keys = {"province_id": province_id, "id": list_id}
    row = (await connection.execute(_LOCK_LIST, keys)).one_or_none()
    if row is None:
        return None
    return row.approved_at is not None, [r.enrolment_id for r in await connection.execute(_ROWS_OF, keys)]


async def approve(
    connection: AsyncConnection,
    *,
    province_id: UUID,
    list_id: UUID,
    frozen: Sequence[tuple[UUID, str]],
    by: str,
    person: UUID,
    at: datetime,
    recorded_at: datetime,
) -> None:
    """Marks a list approved and keeps what each row froze."""
    keys = {"province_id": province_id, "id": list_id}
    await connection.execute(_APPROVE, keys | {"by": by, "person": person, "at": at, "recorded_at": recorded_at})
    await connection.execute(
        _FREEZE, keys | {"enrolments": [row[0] for row in frozen], "frozen": [row[1] for row in frozen]}
    )


async def withdraw_pass(
    connection: AsyncConnection,
    *,
    province_id: UUID,
    enrolment_id: UUID,
    list_id: UUID,
    by: str,
    reason: str,
    at: datetime,
    recorded_at: datetime,
) -> bool:
    """Keeps a person's decision that a pass no longer stands; False where it was withdrawn before."""
    answer = await connection.execute(
        _WITHDRAW_PASS,
        {
            "province_id": province_id,
            "enrolment_id": enrolment_id,
            "list_id": list_id,
            "by": by,
            "reason": reason,
            "at": at,
            "recorded_at": recorded_at,
        },
    )
    return answer.rowcount == 1
