"""Whole states said again: a person's, and those of the enrolments they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.roster.store import enrolments, people
from shared import outbox
from shared.audit import Act
from shared.outbox import Said

CHUNK = 1_000


async def say(connection: AsyncConnection, act: Act, said: Sequence[Said]) -> None:
    """Appends events in chunks, one statement each."""
    rest = iter(said)
    while chunk := list(islice(rest, CHUNK)):
        await outbox.append(connection, chunk, now=act.recorded_at, new_id=act.new_id, traceparent=act.traceparent)


async def say_persons(connection: AsyncConnection, act: Act, ids: Sequence[UUID]) -> None:
    """`person_changed` of persons whose aggregates are locked, and `enrolment_changed` of all their enrolments."""
    if not ids:
        return
    states = await people.states(connection, act.province_id, ids)
    await say(connection, act, [Said(event="person_changed", aggregate_id=s.person_id, state=s) for s in states])
    await say_enrolments(connection, act, await enrolments.ids_of(connection, act.province_id, persons=ids))


async def say_enrolments(
    connection: AsyncConnection, act: Act, ids: Sequence[UUID], event: str = "enrolment_changed"
) -> None:
    """Says enrolments' states again, as they are now; locks them first."""
    await outbox.lock(connection, "enrolment", [(act.province_id, enrolment_id) for enrolment_id in ids])
    if ids:
        held = await enrolments.held(connection, act.province_id, ids)
        said = [Said(event=event, aggregate_id=h.state.enrolment_id, state=h.state) for h in held]
        await say(connection, act, said)
