"""Dated grants of roles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.identity import Role

# `before` is read as it was before this statement. Null is a place like any other in what makes a grant the same.
_PUT = sa.text("""
    WITH asked AS (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:persons AS uuid[]), CAST(:roles AS text[]), CAST(:units AS uuid[]),
            CAST(:classes AS uuid[]), CAST(:audiences AS text[]), CAST(:froms AS date[]), CAST(:tos AS date[])
        ) WITH ORDINALITY
            AS u (role_grant_id, person_id, role, unit_id, class_id, audience, valid_from, valid_to, place)
    ), put AS (
        INSERT INTO role_grant (province_id, role_grant_id, person_id, role, unit_id, class_id, audience,
                                valid_from, valid_to)
        SELECT :province_id, role_grant_id, person_id, role, unit_id, class_id, audience, valid_from, valid_to
        FROM asked ORDER BY place
        ON CONFLICT (province_id, person_id, role, unit_id, class_id, audience, valid_from)
            DO UPDATE SET valid_to = excluded.valid_to
        RETURNING *
    )
    SELECT p.role_grant_id, before.role_grant_id IS NULL OR before.valid_to IS DISTINCT FROM p.valid_to AS changed
    FROM asked a
    JOIN put p ON (p.person_id, p.role, p.valid_from) = (a.person_id, a.role, a.valid_from)
        AND (p.unit_id, p.class_id, p.audience) IS NOT DISTINCT FROM (a.unit_id, a.class_id, a.audience)
    LEFT JOIN role_grant before ON before.province_id = :province_id AND before.role_grant_id = p.role_grant_id
    ORDER BY a.place
""")

_OF = sa.text("""
    SELECT g.role_grant_id, g.person_id, g.role, g.unit_id, g.class_id, g.audience, g.valid_from, g.valid_to
    FROM role_grant g JOIN account a USING (province_id, person_id)
    WHERE g.province_id = :province_id AND (CAST(:account AS text) IS NULL OR a.account = :account)
    GROUP BY g.province_id, g.role_grant_id ORDER BY g.valid_from, g.role_grant_id
""")

# One row an account: a person may have several, and a decision names the one it was made by.
_OVER = sa.text("""
    SELECT a.account, p.name, g.role, CASE WHEN bool_and(g.valid_to IS NOT NULL) THEN max(g.valid_to) END AS until
    FROM (
        SELECT person_id, role, valid_to FROM role_grant
        WHERE province_id = :province_id AND role = ANY(:roles)
          AND (unit_id = ANY(:units) OR class_id = :class_id OR audience = :audience
               OR num_nonnulls(unit_id, class_id, audience) = 0)
        UNION ALL
        SELECT person_id, :grader, NULL FROM class_grader WHERE province_id = :province_id AND class_id = :class_id
    ) g
    JOIN person p ON p.province_id = :province_id AND p.person_id = g.person_id
    JOIN account a ON a.province_id = :province_id AND a.person_id = g.person_id
    WHERE p.erased_at IS NULL
    GROUP BY a.account, p.name, p.sort_key, g.role ORDER BY g.role, p.sort_key, a.account
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


@dataclass(frozen=True, slots=True)
class Put:
    """A grant as it is stored: whether it is new or ends otherwise than before."""

    role_grant_id: UUID
    changed: bool


async def put(connection: AsyncConnection, province_id: UUID, grants: Sequence[RoleGrant]) -> list[Put]:
    """Stores grants; one that is there already keeps its id. Answers in the order given."""
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
    return [Put(row.role_grant_id, row.changed) for row in rows]


async def of(connection: AsyncConnection, province_id: UUID, account: str | None) -> list[RoleGrant]:
    """The grants of an account's person, or all."""
    rows = await connection.execute(_OF, {"province_id": province_id, "account": account})
    return [RoleGrant(*row) for row in rows]


async def over(
    connection: AsyncConnection,
    province_id: UUID,
    roles: Iterable[Role],
    *,
    unit_path: Sequence[UUID],
    class_id: UUID,
    audience: str,
) -> list[dict[str, Any]]:
    """Who holds or held one of these roles over an enrolment of this place, by account: `name`, `role`, and `until`,
    the day from which it is held no more. The graders of its class are among them."""
    rows = await connection.execute(
        _OVER,
        {
            "province_id": province_id,
            "roles": sorted(roles),
            "grader": Role.CORE_TEACHER,
            "units": list(unit_path),
            "class_id": class_id,
            "audience": audience,
        },
    )
    return [dict(row) for row in rows.mappings()]


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
