"""What was seen of a vendor, for its own people and for those who keep the installation going."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.grading.store import deliveries as store
from services.grading.store import sources
from shared.database import transaction

Reached = Callable[[str, UUID | None], bool]
"""Whether the caller reaches a vendor `(name, its unit)`."""


class NoSuchVendorError(LookupError):
    """No such vendor within reach."""


async def listed(engine: AsyncEngine, province_id: UUID, reached: Reached) -> list[dict[str, Any]]:
    """The vendors and sandboxes within reach, by name."""
    async with transaction(engine, province_id) as connection:
        found = await sources.registered(connection, province_id)
    return [one for one in found if reached(one["vendor"], one["unit_id"])]


async def summary(
    snapshots: AsyncEngine,
    province_id: UUID,
    vendor: str,
    reached: Reached,
    since: datetime | None,
    until: datetime | None,
) -> dict[str, Any]:
    """Its registration, sums of its deliveries, errors by kind, what waits for an enrolment. Raises
    NoSuchVendorError."""
    async with transaction(snapshots, province_id) as connection:
        found = await _found(connection, province_id, vendor, reached)
        return {**found, **await store.summary(connection, province_id, vendor, since, until)}


async def page(
    snapshots: AsyncEngine,
    province_id: UUID,
    vendor: str,
    reached: Reached,
    *,
    faulty: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> tuple[list[dict[str, Any]], int]:
    """One page of deliveries, the newest first. Raises NoSuchVendorError."""
    async with transaction(snapshots, province_id) as connection:
        await _found(connection, province_id, vendor, reached)
        return await store.page(connection, province_id, vendor, faulty=faulty, after=after, limit=limit)


async def _found(connection: AsyncConnection, province_id: UUID, vendor: str, reached: Reached) -> Mapping[str, Any]:
    found = await sources.one(connection, province_id, vendor)
    if found is None or not reached(vendor, found["unit_id"]):
        raise NoSuchVendorError
    return found
