"""Units and persons as roster says them: the newest state in place of the one before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.units import Period, Unit
from services.reporting.store import units as store
from shared.applying import Moment, PermanentError, Received
from shared.events import roster


async def take_units(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """Keeps the units with all their periods; the tree is resolved when it is read, so order does not matter."""
    await store.put_units(connection, [(received.event.province_id, _unit(received.state)) for received in batch])


def _unit(state: roster.Unit) -> Unit:
    if not state.periods:
        raise PermanentError("a unit without a period")
    periods = tuple(
        Period(
            code=period.code,
            name=period.name,
            kind=period.kind,
            parent_id=period.parent_id,
            valid_from=period.valid_from,
            valid_to=period.valid_to,
        )
        for period in sorted(state.periods, key=lambda period: period.valid_from)
    )
    return Unit(state.unit_id, periods, tuple(state.succeeded_by))


async def take_persons(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """Keeps who was merged into whom, so that a person counts once; names are not kept here."""
    await store.put_persons(
        connection,
        [
            (received.event.province_id, received.state.person_id, received.state.merged_into, received.state.erased)
            for received in batch
        ],
    )
