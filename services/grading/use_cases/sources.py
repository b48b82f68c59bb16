"""The vendors whose webhooks are a province's; a name belongs to one province for good."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.store import sources as store
from services.grading.store.sources import Source as Source
from shared import audit
from shared.audit import Act
from shared.database import retrying, transaction


class NoSuchSourceError(LookupError):
    """No province has registered this vendor."""


class NameTakenError(Exception):
    """The name is another province's, or is a sandbox's where a vendor's is asked for, or the other way round."""


class Sources:
    """The registered vendors, remembered by a process that takes their webhooks."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._known: dict[str, Source] = {}

    async def find(self, vendor: str) -> Source:
        """Raises NoSuchSourceError."""
        if vendor not in self._known:
            async with self._engine.connect() as connection:
                self._known = await store.every_source(connection)
        source = self._known.get(vendor)
        if source is None:
            raise NoSuchSourceError
        return source


async def register(engine: AsyncEngine, act: Act, source: Source, unit_id: UUID | None = None) -> bool:
    """Takes the name for the province; answers whether it is new. What is a sandbox stays one for good, and what is
    none becomes none. `unit_id`: the unit whose people see its deliveries; said of a source that is registered already
    it takes the place of the one before. Raises NameTakenError."""
    return await retrying(lambda: _register(engine, act, source, unit_id))


async def _register(engine: AsyncEngine, act: Act, source: Source, unit_id: UUID | None) -> bool:
    assigned = {} if unit_id is None else {"unit_id": str(unit_id)}
    async with transaction(engine, act.province_id) as connection:
        new = await store.register(connection, source, act.at, act.account, unit_id)
        if new:
            details = assigned | {"sandbox": source.sandbox}
            await audit.record(connection, act, "source.register", "source", [(source.vendor, details)])
        elif not await store.is_registered(connection, source):
            raise NameTakenError("vendor")
        elif unit_id is not None and await store.assign(connection, source, unit_id):
            await audit.record(connection, act, "source.assign", "source", [(source.vendor, assigned)])
    return new
