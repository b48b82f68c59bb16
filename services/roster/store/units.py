"""Units with their periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.roster.domain.units import Period, Unit
from shared.events.envelope import Step

_UNITS = sa.text("SELECT unit_id, succeeded_by, steps FROM unit WHERE province_id = :province_id")

_PERIODS = sa.text("""
    SELECT unit_id, code, name, kind, parent_id, valid_from, valid_to FROM unit_period
    WHERE province_id = :province_id ORDER BY unit_id, valid_from
""")

_PUT = sa.text("""
    INSERT INTO unit (province_id, unit_id, succeeded_by, steps)
    SELECT :province_id, u.unit_id, ARRAY(SELECT jsonb_array_elements_text(u.succeeded_by)::uuid), u.steps
    FROM unnest(CAST(:ids AS uuid[]), CAST(:succeeded AS jsonb[]), CAST(:steps AS jsonb[]))
         AS u (unit_id, succeeded_by, steps)
    ON CONFLICT (province_id, unit_id) DO UPDATE SET succeeded_by = excluded.succeeded_by, steps = excluded.steps
""")

_FORGET_PERIODS = sa.text("DELETE FROM unit_period WHERE province_id = :province_id AND unit_id = ANY(:ids)")

_PUT_PERIODS = sa.text("""
    INSERT INTO unit_period (province_id, unit_id, code, name, kind, parent_id, valid_from, valid_to)
    SELECT :province_id, u.* FROM unnest(
        CAST(:ids AS uuid[]), CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:kinds AS text[]),
        CAST(:parents AS uuid[]), CAST(:froms AS date[]), CAST(:tos AS date[])
    ) AS u
""")

_ROOT = sa.text("""
    SELECT u.unit_id FROM unit u JOIN unit_period p USING (province_id, unit_id)
    WHERE u.unit_id = u.province_id AND p.code = :code AND p.kind = 'province' LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class Kept:
    """A unit as stored, with the steps its events carry."""

    unit: Unit
    steps: list[Step]


async def everything(connection: AsyncConnection, province_id: UUID) -> dict[UUID, Kept]:
    """All units of a province, abolished ones too: some hundreds."""
    periods: dict[UUID, list[Period]] = {}
    for row in await connection.execute(_PERIODS, {"province_id": province_id}):
        periods.setdefault(row.unit_id, []).append(
            Period(row.code, row.name, row.kind, row.parent_id, row.valid_from, row.valid_to)
        )
    rows = await connection.execute(_UNITS, {"province_id": province_id})
    return {
        row.unit_id: Kept(
            Unit(row.unit_id, tuple(periods[row.unit_id]), tuple(row.succeeded_by)),
            msgspec.convert(row.steps, type=list[Step]),
        )
        for row in rows
        if row.unit_id in periods
    }


async def put(
    connection: AsyncConnection, province_id: UUID, units: Sequence[Unit], steps: Mapping[UUID, list[Step]]
) -> None:
    """Stores changed units whole."""
    ids = [unit.unit_id for unit in units]
    await connection.execute(
        _PUT,
        {
            "province_id": province_id,
            "ids": ids,
            "succeeded": [msgspec.json.encode(unit.succeeded_by).decode() for unit in units],
            "steps": [msgspec.json.encode(steps[unit.unit_id]).decode() for unit in units],
        },
    )
    await connection.execute(_FORGET_PERIODS, {"province_id": province_id, "ids": ids})
    rows = [(unit.unit_id, period) for unit in units for period in unit.periods]
    await connection.execute(
        _PUT_PERIODS,
        {
            "province_id": province_id,
            "ids": [unit_id for unit_id, _ in rows],
            "codes": [p.code for _, p in rows],
            "names": [p.name for _, p in rows],
            "kinds": [p.kind for _, p in rows],
            "parents": [p.parent_id for _, p in rows],
            "froms": [p.valid_from for _, p in rows],
            "tos": [p.valid_to for _, p in rows],
        },
    )


async def root_of(connection: AsyncConnection, code: str) -> UUID | None:
    """The province whose root unit has a code, over all provinces (worker role)."""
    found: UUID | None = (await connection.execute(_ROOT, {"code": code})).scalar_one_or_none()
    return found
