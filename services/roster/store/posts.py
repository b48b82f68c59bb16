"""Employments and assignments, as an import changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_LEAVE = sa.text("""
    UPDATE employment e SET valid_to = :day
    FROM unnest(CAST(:ids AS uuid[]), CAST(:units AS uuid[])) AS u (person_id, unit_id)
    WHERE e.province_id = :province_id AND e.person_id = u.person_id AND e.unit_id = u.unit_id
      AND e.valid_to IS NULL
""")

_DROP_SAME_DAY = sa.text("""
    DELETE FROM employment e
    USING unnest(CAST(:ids AS uuid[]), CAST(:units AS uuid[])) AS u (person_id, unit_id)
    WHERE e.province_id = :province_id AND e.person_id = u.person_id AND e.unit_id = u.unit_id
      AND e.valid_to IS NULL AND e.valid_from >= :day
""")

_PUT_EMPLOYMENTS = sa.text("""
    INSERT INTO employment (province_id, person_id, unit_id, valid_from, position)
    SELECT :province_id, u.person_id, u.unit_id, :day, u.position
    FROM unnest(CAST(:ids AS uuid[]), CAST(:units AS uuid[]), CAST(:positions AS text[]))
         AS u (person_id, unit_id, position)
""")

_PUT_ASSIGNMENTS = sa.text("""
    INSERT INTO assignment (province_id, person_id, level, subject_key, subject, kind, unit_id, valid_from)
    SELECT :province_id, u.*, :day FROM unnest(
        CAST(:ids AS uuid[]), CAST(:levels AS text[]), CAST(:keys AS text[]), CAST(:subjects AS text[]),
        CAST(:kinds AS text[]), CAST(:units AS uuid[])
    ) AS u
    ON CONFLICT (province_id, person_id, level, subject_key) DO UPDATE SET
        subject = excluded.subject, kind = excluded.kind, unit_id = excluded.unit_id, valid_from = excluded.valid_from
""")


async def put(
    connection: AsyncConnection,
    province_id: UUID,
    employments: Mapping[tuple[UUID, UUID], str],
    left: Iterable[tuple[UUID, UUID]],
    assignments: Mapping[tuple[UUID, str, str], tuple[str, str, UUID]],
    day: date,
) -> None:
    """Ends and begins employments on a day; sets assignments."""
    ended = sorted({*employments, *left})
    pairs: dict[str, Any] = {"province_id": province_id, "day": day}
    if ended:
        arrays = {"ids": [person for person, _ in ended], "units": [unit for _, unit in ended]}
        # A post that began this very day was a slip: it is replaced, not ended after no time at all.
        await connection.execute(_DROP_SAME_DAY, pairs | arrays)
        await connection.execute(_LEAVE, pairs | arrays)
    if employments:
        arrays = {"ids": [person for person, _ in employments], "units": [unit for _, unit in employments]}
        await connection.execute(_PUT_EMPLOYMENTS, pairs | arrays | {"positions": list(employments.values())})
    if assignments:
        await connection.execute(
            _PUT_ASSIGNMENTS,
            pairs
            | {
                "ids": [person for person, _, _ in assignments],
                "levels": [level for _, level, _ in assignments],
                "keys": [key for _, _, key in assignments],
                "subjects": [subject for subject, _, _ in assignments.values()],
                "kinds": [kind for _, kind, _ in assignments.values()],
                "units": [unit for _, _, unit in assignments.values()],
            },
        )
