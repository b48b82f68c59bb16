"""Who delivers: the vendors registered for a province, and their sandboxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True)
class Source:
    """A vendor registered for one province. A sandbox's events are answered like any other's; none becomes evidence."""

    province_id: UUID
    vendor: str
    sandbox: bool = False


_ONE = sa.text("""
    SELECT vendor, registered_at, unit_id, sandbox FROM source WHERE province_id = :province_id AND vendor = :vendor
""")
_SOURCES = sa.text("""
    SELECT vendor, registered_at, unit_id, sandbox FROM source WHERE province_id = :province_id ORDER BY vendor
""")
_REGISTER = sa.text("""
    INSERT INTO source (province_id, vendor, registered_at, registered_by, unit_id, sandbox)
    VALUES (:province_id, :vendor, :at, :by, :unit_id, :sandbox) ON CONFLICT DO NOTHING
""")
_ASSIGN = sa.text("""
    UPDATE source SET unit_id = :unit_id
    WHERE province_id = :province_id AND vendor = :vendor AND unit_id IS DISTINCT FROM :unit_id
""")
_EVERY_SOURCE = sa.text("SELECT province_id, vendor, sandbox FROM source")


async def registered(connection: AsyncConnection, province_id: UUID) -> list[dict[str, Any]]:
    """The province's registered vendors and sandboxes, by name."""
    rows = await connection.execute(_SOURCES, {"province_id": province_id})
    return [dict(row) for row in rows.mappings()]


async def one(connection: AsyncConnection, province_id: UUID, vendor: str) -> Mapping[str, Any] | None:
    """A registered vendor of the province."""
    row = (await connection.execute(_ONE, {"province_id": province_id, "vendor": vendor})).mappings().one_or_none()
    return None if row is None else dict(row)


async def register(
    connection: AsyncConnection, source: Source, at: datetime, by: str, unit_id: UUID | None = None
) -> bool:
    """Registers a vendor; False where the name is taken (in any province: names are unique for good)."""
    given = {"province_id": source.province_id, "vendor": source.vendor, "sandbox": source.sandbox}
    return (await connection.execute(_REGISTER, given | {"at": at, "by": by, "unit_id": unit_id})).rowcount == 1


async def is_registered(connection: AsyncConnection, source: Source) -> bool:
    """Whether the province has exactly this source: of this name, and a sandbox or none."""
    found = await one(connection, source.province_id, source.vendor)
    return found is not None and found["sandbox"] == source.sandbox


async def assign(connection: AsyncConnection, source: Source, unit_id: UUID) -> bool:
    """Says which unit a vendor's people belong to; False where it is said already."""
    given = {"province_id": source.province_id, "vendor": source.vendor, "unit_id": unit_id}
    return (await connection.execute(_ASSIGN, given)).rowcount == 1


async def every_source(connection: AsyncConnection) -> dict[str, Source]:
    """All registered vendors; by the worker role."""
    rows = await connection.execute(_EVERY_SOURCE)
    return {row.vendor: Source(row.province_id, row.vendor, row.sandbox) for row in rows}
