"""Persons as people look for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_REACHED = """
    p.province_id = :province_id AND p.merged_into IS NULL AND p.erased_at IS NULL
    AND (CAST(:units AS uuid[]) IS NULL OR EXISTS (
        SELECT FROM employment e WHERE e.province_id = p.province_id AND e.person_id = p.person_id
          AND e.valid_to IS NULL AND e.unit_id = ANY(:units)))
    AND (CAST(:key AS text) IS NULL OR ' ' || p.search_key LIKE '% ' || :key || '%'
         OR EXISTS (SELECT FROM account a WHERE a.province_id = p.province_id AND a.person_id = p.person_id
                      AND a.account = :account))
"""

_COUNT = sa.text(f"SELECT count(*) FROM person p WHERE {_REACHED}")

_PAGE = sa.text(f"""
    WITH found AS (
        SELECT p.person_id, p.name, p.sort_key, p.birth_date,
               CASE WHEN CAST(:exact AS text) IS NULL OR lower(p.name) LIKE '%' || :exact || '%'
                    THEN 0 ELSE 1 END AS rank
        FROM person p WHERE {_REACHED}
    )
    SELECT f.*,
           ARRAY(SELECT a.account FROM account a WHERE a.province_id = :province_id AND a.person_id = f.person_id
                 ORDER BY a.since, a.account) AS accounts,
           ARRAY(SELECT e.unit_id FROM employment e WHERE e.province_id = :province_id AND e.person_id = f.person_id
                 AND e.valid_to IS NULL ORDER BY e.unit_id) AS units
    FROM found f
    WHERE CAST(:after_rank AS integer) IS NULL
       OR (f.rank, f.sort_key, f.person_id)
          > (:after_rank, CAST(:after_key AS text) COLLATE "C", CAST(:after_id AS uuid))
    ORDER BY f.rank, f.sort_key, f.person_id LIMIT :limit
""")

_ONE = sa.text("""
    SELECT person_id, name, birth_date, identity_number, phone, merged_into, erased_at FROM person
    WHERE province_id = :province_id AND person_id = :person_id
""")

_EMPLOYMENTS = sa.text("""
    SELECT unit_id, position, valid_from, valid_to FROM employment
    WHERE province_id = :province_id AND person_id = :person_id ORDER BY valid_from, unit_id
""")

_ASSIGNMENTS = sa.text("""
    SELECT level, subject, kind, unit_id, valid_from FROM assignment
    WHERE province_id = :province_id AND person_id = :person_id ORDER BY level, subject
""")

_ENROLMENTS = sa.text("""
    SELECT e.enrolment_id, o.course, c.class_id, c.code AS class, e.kind, e.enrolled_at, e.withdrawn_at
    FROM enrolment e JOIN offering o USING (province_id, offering_id) JOIN class c USING (province_id, class_id)
    WHERE e.province_id = :province_id AND e.person_id = :person_id ORDER BY o.course
""")

_ACCOUNTS = sa.text("""
    SELECT account, since, until FROM account
    WHERE province_id = :province_id AND person_id = :person_id ORDER BY since, account
""")


async def page(
    connection: AsyncConnection,
    province_id: UUID,
    *,
    units: Sequence[UUID] | None,
    key: str | None,
    account: str | None,
    exact: str | None,
    after: tuple[int, str, UUID] | None,
    limit: int,
) -> tuple[int, list[dict[str, Any]]]:
    """How many are found, and one page: exact accents first, then Vietnamese order. `units` None: everyone."""
    what = {
        "province_id": province_id,
        "units": None if units is None else list(units),
        "key": None if key is None else _literal(key),
        "account": account,
    }
    total = (await connection.execute(_COUNT, what)).scalar_one()
    rank, sort_key, person_id = after or (None, None, None)
    rows = await connection.execute(
        _PAGE,
        what
        | {"after_rank": rank, "after_key": sort_key, "after_id": person_id, "limit": limit}
        | {"exact": None if exact is None else _literal(exact)},
    )
    return total, [dict(row) for row in rows.mappings()]


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def one(connection: AsyncConnection, province_id: UUID, person_id: UUID) -> dict[str, Any] | None:
    """A person with all that belongs to her, unmasked: the caller masks."""
    which = {"province_id": province_id, "person_id": person_id}
    found = (await connection.execute(_ONE, which)).mappings().one_or_none()
    if found is None:
        return None
    more = {
        "accounts": _ACCOUNTS,
        "employments": _EMPLOYMENTS,
        "assignments": _ASSIGNMENTS,
        "enrolments": _ENROLMENTS,
    }
    lists = {
        name: [dict(row) for row in (await connection.execute(query, which)).mappings()] for name, query in more.items()
    }
    return dict(found) | lists
