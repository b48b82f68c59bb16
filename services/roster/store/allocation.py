"""Who is to be enrolled in an offering, and the enrolments made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events.envelope import Step
from shared.events.roster import Window

_CANDIDATES = sa.text("""
    SELECT a.person_id, p.sort_key, a.unit_id,
           coalesce((SELECT e.position FROM employment e WHERE e.province_id = a.province_id
                       AND e.person_id = a.person_id AND e.unit_id = a.unit_id
                     ORDER BY e.valid_to IS NULL DESC, e.valid_from DESC LIMIT 1), '') AS position
    FROM assignment a JOIN person p USING (province_id, person_id)
    WHERE a.province_id = :province_id AND a.level = :level AND a.subject_key = :subject_key AND a.kind = 'main'
      AND p.merged_into IS NULL AND p.erased_at IS NULL
      AND NOT EXISTS (SELECT FROM enrolment e WHERE e.province_id = a.province_id
                        AND e.offering_id = :offering_id AND e.person_id = a.person_id)
""")

_ADD = sa.text("""
    INSERT INTO enrolment (province_id, enrolment_id, person_id, offering_id, class_id, unit_id, unit_name, unit_path,
                           position, kind, windows, enrolled_at, steps)
    SELECT :province_id, u.enrolment_id, u.person_id, :offering_id, u.class_id, u.unit_id, u.unit_name,
           ARRAY(SELECT jsonb_array_elements_text(u.unit_path)::uuid), u.position, u.kind, CAST(:windows AS jsonb),
           :enrolled_at, CAST(:steps AS jsonb)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:persons AS uuid[]), CAST(:classes AS uuid[]), CAST(:units AS uuid[]),
                CAST(:unit_names AS text[]), CAST(:paths AS jsonb[]), CAST(:positions AS text[]),
                CAST(:kinds AS text[]))
         AS u (enrolment_id, person_id, class_id, unit_id, unit_name, unit_path, position, kind)
""")


@dataclass(frozen=True, slots=True)
class New:
    """An enrolment about to be made."""

    enrolment_id: UUID
    person_id: UUID
    class_id: UUID
    unit_id: UUID
    unit_name: str
    unit_path: tuple[UUID, ...]
    position: str
    kind: str


async def candidates(
    connection: AsyncConnection, province_id: UUID, offering_id: UUID, level: str, subject_key: str
) -> list[Any]:
    """Rows (person_id, sort_key, unit_id, position) of those to be enrolled and not enrolled yet."""
    which = {"province_id": province_id, "offering_id": offering_id, "level": level, "subject_key": subject_key}
    return list(await connection.execute(_CANDIDATES, which))


async def add(
    connection: AsyncConnection,
    province_id: UUID,
    offering_id: UUID,
    new: Sequence[New],
    *,
    windows: list[Window],
    steps: list[Step],
    enrolled_at: datetime,
) -> None:
    """New enrolments of one offering, all with the same windows and first step."""
    paths: dict[tuple[UUID, ...], str] = {n.unit_path: msgspec.json.encode(n.unit_path).decode() for n in new}
    await connection.execute(
        _ADD,
        {
            "province_id": province_id,
            "offering_id": offering_id,
            "windows": msgspec.json.encode(windows).decode(),
            "steps": msgspec.json.encode(steps).decode(),
            "enrolled_at": enrolled_at,
            "ids": [n.enrolment_id for n in new],
            "persons": [n.person_id for n in new],
            "classes": [n.class_id for n in new],
            "units": [n.unit_id for n in new],
            "unit_names": [n.unit_name for n in new],
            "paths": [paths[n.unit_path] for n in new],
            "positions": [n.position for n in new],
            "kinds": [n.kind for n in new],
        },
    )
