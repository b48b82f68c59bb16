"""Units and persons as they were last heard of, and the tree read from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.units import Period, Unit

_PUT_UNITS = sa.text("""
    INSERT INTO unit (province_id, unit_id, succeeded_by)
    SELECT u.province_id, u.unit_id, CAST(u.succeeded_by AS uuid[])
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:units AS uuid[]), CAST(:successors AS text[]))
         AS u (province_id, unit_id, succeeded_by)
    ORDER BY u.unit_id
    ON CONFLICT (province_id, unit_id) DO UPDATE SET succeeded_by = excluded.succeeded_by
""")

_DROP_PERIODS = sa.text("""
    DELETE FROM unit_period p
    USING unnest(CAST(:provinces AS uuid[]), CAST(:units AS uuid[])) AS u (province_id, unit_id)
    WHERE p.province_id = u.province_id AND p.unit_id = u.unit_id
""")

_PUT_PERIODS = sa.text("""
    INSERT INTO unit_period (province_id, unit_id, valid_from, valid_to, code, name, kind, parent_id)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:units AS uuid[]), CAST(:froms AS date[]),
                         CAST(:tos AS date[]), CAST(:codes AS text[]), CAST(:names AS text[]),
                         CAST(:kinds AS text[]), CAST(:parents AS uuid[]))
""")

_PUT_PERSONS = sa.text("""
    INSERT INTO person (province_id, person_id, merged_into, erased)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:persons AS uuid[]), CAST(:merged AS uuid[]),
                         CAST(:erased AS boolean[])) AS u (province_id, person_id, merged_into, erased)
    ORDER BY person_id
    ON CONFLICT (province_id, person_id)
    DO UPDATE SET merged_into = excluded.merged_into, erased = excluded.erased
""")

_UNITS = sa.text("""
    SELECT u.unit_id, u.succeeded_by, p.valid_from, p.valid_to, p.code, p.name, p.kind, p.parent_id
    FROM unit u JOIN unit_period p ON p.province_id = u.province_id AND p.unit_id = u.unit_id
    WHERE u.province_id = :province_id
    ORDER BY u.unit_id, p.valid_from
""")

_PLACES = sa.text("SELECT place_id, unit_path FROM place WHERE province_id = :province_id")


async def put_units(connection: AsyncConnection, units: Sequence[tuple[UUID, Unit]]) -> None:
    """Stores `(province, unit)` with all its periods in place of those known before."""
    arrays: dict[str, Any] = {
        "provinces": [province for province, _ in units],
        "units": [unit.id for _, unit in units],
    }
    successors = ["{" + ",".join(map(str, unit.succeeded_by)) + "}" for _, unit in units]
    await connection.execute(_PUT_UNITS, arrays | {"successors": successors})
    await connection.execute(_DROP_PERIODS, arrays)
    periods = [(province, unit.id, period) for province, unit in units for period in unit.periods]
    await connection.execute(
        _PUT_PERIODS,
        {
            "provinces": [province for province, _, _ in periods],
            "units": [unit for _, unit, _ in periods],
            "froms": [period.valid_from for _, _, period in periods],
            "tos": [period.valid_to for _, _, period in periods],
            "codes": [period.code for _, _, period in periods],
            "names": [period.name for _, _, period in periods],
            "kinds": [period.kind for _, _, period in periods],
            "parents": [period.parent_id for _, _, period in periods],
        },
    )


async def put_persons(connection: AsyncConnection, persons: Sequence[tuple[UUID, UUID, UUID | None, bool]]) -> None:
    """Stores `(province, person, merged into, erased)`: all that the reports need to count a person once."""
    await connection.execute(
        _PUT_PERSONS,
        {
            "provinces": [row[0] for row in persons],
            "persons": [row[1] for row in persons],
            "merged": [row[2] for row in persons],
            "erased": [row[3] for row in persons],
        },
    )


async def units(connection: AsyncConnection, province_id: UUID) -> list[Unit]:
    """Every unit of the province with its periods."""
    found: dict[UUID, tuple[list[Period], tuple[UUID, ...]]] = {}
    for unit_id, successors, valid_from, valid_to, code, name, kind, parent_id in await connection.execute(
        _UNITS, {"province_id": province_id}
    ):
        periods, _ = found.setdefault(unit_id, ([], tuple(successors)))
        periods.append(_period(valid_from, valid_to, code, name, kind, parent_id))
    return [Unit(unit_id, tuple(periods), successors) for unit_id, (periods, successors) in found.items()]


def _period(valid_from: date, valid_to: date | None, code: str, name: str, kind: str, parent: UUID | None) -> Period:
    return Period(code=code, name=name, kind=kind, parent_id=parent, valid_from=valid_from, valid_to=valid_to)


async def places(connection: AsyncConnection, province_id: UUID) -> list[tuple[UUID, tuple[UUID, ...]]]:
    """Every `(place, path)` at which anyone was ever enrolled."""
    rows = await connection.execute(_PLACES, {"province_id": province_id})
    return [(place_id, tuple(path)) for place_id, path in rows]
