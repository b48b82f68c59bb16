"""Dated grants of roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_PUT = sa.text("""
    INSERT INTO role_grant (province_id, role_grant_id, person_id, role, unit_id, class_id, audience,
                            valid_from, valid_to)
    SELECT :province_id, u.* FROM unnest(
        CAST(:ids AS uuid[]), CAST(:persons AS uuid[]), CAST(:roles AS text[]), CAST(:units AS uuid[]),
        CAST(:classes AS uuid[]), CAST(:audiences AS text[]), CAST(:froms AS date[]), CAST(:tos AS date[])
    ) AS u
    ON CONFLICT (province_id, person_id, role, unit_id, class_id, audience, valid_from)
        DO UPDATE SET valid_to = excluded.valid_to
    RETURNING role_grant_id
""")

_OF = sa.text("""
    SELECT g.role_grant_id, g.person_id, g.role, g.unit_id, g.class_id, g.audience, g.valid_from, g.valid_to
    FROM role_grant g JOIN account a USING (province_id, person_id)
    WHERE g.province_id = :province_id AND (CAST(:account AS text) IS NULL OR a.account = :account)
    GROUP BY g.province_id, g.role_grant_id ORDER BY g.valid_from, g.role_grant_id
""")

_CLASSES_GRADED = sa.text("""
    SELECT class_id FROM class_grader WHERE province_id = :province_id AND person_id = :person_id ORDER BY class_id
""")

_PROVINCES = sa.text("SELECT provinces_of_account(:account)")

_ACCOUNT = sa.text("""
    SELECT a.person_id FROM account a JOIN person p USING (province_id, person_id)
    WHERE a.province_id = :province_id AND a.account = :account AND (a.until IS NULL OR a.until > :at)
      AND p.erased_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role over a unit and below, a class or an audience, from a day (inclusive) to another (exclusive)."""

    role_grant_id: UUID
    person_id: UUID
    role: str
    unit_id: UUID | None
    class_id: UUID | None
    audience: str | None
    valid_from: date
    valid_to: date | None


async def put(connection: AsyncConnection, province_id: UUID, grants: Sequence[RoleGrant]) -> list[UUID]:
    """Stores grants; one that is there already keeps its id. Answers the ids in the order given."""
    rows = await connection.execute(
        _PUT,
        {
            "province_id": province_id,
            "ids": [g.role_grant_id for g in grants],
            "persons": [g.person_id for g in grants],
            "roles": [g.role for g in grants],
            "units": [g.unit_id for g in grants],
            "classes": [g.class_id for g in grants],
            "audiences": [g.audience for g in grants],
            "froms": [g.valid_from for g in grants],
            "tos": [g.valid_to for g in grants],
        },
    )
    return [row.role_grant_id for row in rows]


async def of(connection: AsyncConnection, province_id: UUID, account: str | None) -> list[RoleGrant]:
    """The grants of an account's person, or all."""
    rows = await connection.execute(_OF, {"province_id": province_id, "account": account})
    return [RoleGrant(*row) for row in rows]


async def provinces(connection: AsyncConnection, account: str) -> list[UUID]:
    """The provinces an account is known in, the oldest first; asked before any province is set."""
    return list((await connection.execute(_PROVINCES, {"account": account})).scalars())


async def person_of(connection: AsyncConnection, province_id: UUID, account: str, at: object) -> UUID | None:
    """Whose account it is, while it is one."""
    which = {"province_id": province_id, "account": account, "at": at}
    found: UUID | None = (await connection.execute(_ACCOUNT, which)).scalar_one_or_none()
    return found


async def classes_graded(connection: AsyncConnection, province_id: UUID, person_id: UUID) -> list[UUID]:
    """The classes a person is grader of."""
    which = {"province_id": province_id, "person_id": person_id}
    return list((await connection.execute(_CLASSES_GRADED, which)).scalars())
