"""Posts and roles that go over to a unit's successor on the day it ends; what was before stays where it was."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.roster.store import grants
from shared.clock import NewId

_BEGIN_POSTS = sa.text("""
    INSERT INTO employment (province_id, person_id, unit_id, valid_from, position)
    SELECT e.province_id, e.person_id, :successor, :day, e.position FROM employment e
    WHERE e.province_id = :province_id AND e.unit_id = :unit_id AND e.valid_to IS NULL
      AND NOT EXISTS (SELECT FROM employment s WHERE s.province_id = e.province_id AND s.person_id = e.person_id
                        AND s.unit_id = :successor AND s.valid_to IS NULL)
    ON CONFLICT DO NOTHING
""")

_DROP_POSTS = sa.text("""
    DELETE FROM employment
    WHERE province_id = :province_id AND unit_id = :unit_id AND valid_to IS NULL AND valid_from >= :day
""")

_END_POSTS = sa.text("""
    UPDATE employment SET valid_to = :day
    WHERE province_id = :province_id AND unit_id = :unit_id AND valid_to IS NULL
""")

_ASSIGNMENTS = sa.text("""
    UPDATE assignment SET unit_id = :successor WHERE province_id = :province_id AND unit_id = :unit_id
""")

_GRANTS = sa.text("""
    SELECT role_grant_id, person_id, role, unit_id, class_id, audience, valid_from, valid_to FROM role_grant
    WHERE province_id = :province_id AND unit_id = :unit_id AND (valid_to IS NULL OR valid_to > :day)
    ORDER BY role_grant_id FOR NO KEY UPDATE
""")

_DROP_GRANTS = sa.text("""
    DELETE FROM role_grant WHERE province_id = :province_id AND unit_id = :unit_id AND valid_from >= :day
""")

_END_GRANTS = sa.text("""
    UPDATE role_grant SET valid_to = :day
    WHERE province_id = :province_id AND unit_id = :unit_id AND (valid_to IS NULL OR valid_to > :day)
""")


async def to_successor(
    connection: AsyncConnection, province_id: UUID, unit_id: UUID, successor: UUID, day: date, new_id: NewId
) -> None:
    """Everyone's posts, assignments and roles at a unit continue at its successor from a day on."""
    which = {"province_id": province_id, "unit_id": unit_id, "day": day}
    await connection.execute(_BEGIN_POSTS, which | {"successor": successor})
    await connection.execute(_DROP_POSTS, which)
    await connection.execute(_END_POSTS, which)
    await connection.execute(_ASSIGNMENTS, {"province_id": province_id, "unit_id": unit_id, "successor": successor})
    rows = [grants.RoleGrant(*row) for row in await connection.execute(_GRANTS, which)]
    await connection.execute(_DROP_GRANTS, which)
    await connection.execute(_END_GRANTS, which)
    going_on = {
        (g.person_id, g.role, g.class_id, g.audience, max(g.valid_from, day)): grants.RoleGrant(
            new_id(), g.person_id, g.role, successor, g.class_id, g.audience, max(g.valid_from, day), g.valid_to
        )
        for g in rows
    }
    await grants.put(connection, province_id, list(going_on.values()))
