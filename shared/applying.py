"""What a consumer does with a batch: folded per aggregate, applied once, in one transaction.

Order of one batch: decode, fold to the newest event per aggregate, open the transaction, raise the versions seen
(rows that do not rise are known and skipped), apply, commit. Delivery may repeat; the effect happens once, without
trusting the broker for it. Which records come when is `shared/consumption.py`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import parking
from shared.clock import NewId
from shared.database import fault_name, is_transient
from shared.events.envelope import Envelope, NotAnEventError, from_record
from shared.events.registry import AGGREGATES, check, decode

log = structlog.get_logger()

TRIES_OF_THE_UNKNOWN = 5
"""An exception of no known class may be transient; after so many tries its event is parked."""
REST_S = 0.2
"""Before the second try of an unknown exception; each further one waits as much longer."""


@dataclass(frozen=True)
class Received:
    """One event with its decoded state; its version is newer than any applied before."""

    event: Envelope
    state: Any


@dataclass(frozen=True)
class Moment:
    """The time and the ids of one batch, handed to the use case."""

    now: datetime
    new_id: NewId


class Handler(Protocol):
    """A use case that takes a batch of one aggregate type, inside the consumer's transaction."""

    def __call__(self, connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> Awaitable[None]: ...


class News(Protocol):
    """Which events of a batch, folded to one per aggregate, are newer than what this service applied before."""

    def __call__(self, connection: AsyncConnection, events: Sequence[Envelope]) -> Awaitable[list[Envelope]]: ...


class PermanentError(Exception):
    """A use case's word that this event can never be applied; the message names the fault, never personal data."""


_RAISE = sa.text("""
    INSERT INTO version_seen (province_id, aggregate_type, aggregate_id, version)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:types AS text[]), CAST(:ids AS uuid[]),
                         CAST(:versions AS bigint[]))
        AS u (province_id, aggregate_type, aggregate_id, version)
    WHERE NOT EXISTS (  -- a person said of this very version that it shall never be applied
        SELECT FROM parked_event p
        WHERE p.aggregate_type = u.aggregate_type AND p.aggregate_id = u.aggregate_id AND p.version = u.version
          AND p.state = 'discarded')
    ORDER BY aggregate_id, aggregate_type
    ON CONFLICT (province_id, aggregate_type, aggregate_id)
    DO UPDATE SET version = excluded.version WHERE version_seen.version < excluded.version
    RETURNING aggregate_type, aggregate_id
""")


_EPOCH = sa.text("SELECT epoch FROM database_epoch")


def fold(events: Sequence[Envelope]) -> list[Envelope]:
    """The newest event per aggregate, in the order in which the aggregates last appeared."""
    newest: dict[tuple[str, UUID], Envelope] = {}
    for event in events:
        key = (event.aggregate_type, event.aggregate_id)
        known = newest.get(key)
        if known is None or event.version > known.version:
            newest.pop(key, None)
            newest[key] = event
    return list(newest.values())


async def raise_versions(connection: AsyncConnection, events: Sequence[Envelope]) -> list[Envelope]:
    """Those of the folded events that are news; their versions are seen from this transaction on."""
    rows = await connection.execute(
        _RAISE,
        {
            "provinces": [e.province_id for e in events],
            "types": [e.aggregate_type for e in events],
            "ids": [e.aggregate_id for e in events],
            "versions": [e.version for e in events],
        },
    )
    fresh = {(row.aggregate_type, row.aggregate_id) for row in rows}
    return [e for e in events if (e.aggregate_type, e.aggregate_id) in fresh]


class Applier:
    """Applies batches of records to a service's database; knows no broker, so tests can deliver as they please."""

    def __init__(
        self,
        engine: AsyncEngine,
        handlers: Mapping[str, Handler],
        clock: Callable[[], datetime],
        new_id: NewId,
        news: News = raise_versions,
    ) -> None:
        self.engine = engine
        self.handlers = handlers
        self._clock = clock
        self._new_id = new_id
        self._news = news

    def moment(self) -> Moment:
        """The time and the ids of one transaction."""
        return Moment(self._clock(), self._new_id)

    async def epoch(self) -> int:
        """The database's epoch, which a restore from a backup raises."""
        async with self.engine.connect() as connection:
            return int((await connection.execute(_EPOCH)).scalar_one())

    async def apply(self, records: Sequence[parking.Raw]) -> None:
        """Applies one partition's records. Returns when every one is applied, known, or parked.

        Raises what is transient, with nothing done: the caller backs off and comes again.
        """
        good: list[tuple[parking.Raw, Envelope]] = []
        for record in records:
            try:
                event = from_record(record.key, record.value, record.headers)
                check(event)
            except NotAnEventError as fault:
                log.error("record_parked", topic=record.topic, partition=record.partition, log_offset=record.offset)
                await self._park(record, None, str(fault))
                continue
            if event.aggregate_type in self.handlers:
                good.append((record, event))
        await self._apply(good)

    async def _apply(self, batch: Sequence[tuple[parking.Raw, Envelope]]) -> None:
        if not batch:
            return
        unknown = 0
        while True:
            try:
                await self._transaction([event for _, event in batch])
                return
            except Exception as fault:
                if is_transient(fault):
                    raise
                unknown += 1
                if not _is_permanent(fault) and unknown < TRIES_OF_THE_UNKNOWN and len(batch) == 1:
                    await asyncio.sleep(REST_S * unknown)
                    continue
                if len(batch) == 1:
                    record, event = batch[0]
                    log.error("event_parked", aggregate=event.aggregate_type, fault=fault_name(fault))
                    await self._park(record, event, reason_of(fault))
                    return
                half = len(batch) // 2
                await self._apply(batch[:half])
                await self._apply(batch[half:])
                return

    async def _transaction(self, events: Sequence[Envelope]) -> None:
        async with self.engine.begin() as connection:
            await self.effect(connection, events, self.moment())

    async def effect(self, connection: AsyncConnection, events: Sequence[Envelope], moment: Moment) -> list[Envelope]:
        """Versions seen, effect and own outbox rows, in the caller's transaction; answers what was news."""
        fresh = await self._news(connection, fold(events))
        for aggregate_type, handler in self.handlers.items():
            mine = [
                Received(event, decode(event, AGGREGATES[aggregate_type]))
                for event in fresh
                if event.aggregate_type == aggregate_type
            ]
            if mine:
                await handler(connection, mine, moment)
        if fresh:
            await parking.supersede(connection, fresh, moment.now)
        return fresh

    async def _park(self, record: parking.Raw, event: Envelope | None, reason: str) -> None:
        async with self.engine.begin() as connection:
            await parking.park(connection, record, event, reason, now=self._clock(), new_id=self._new_id)


def _is_permanent(fault: BaseException) -> bool:
    return isinstance(fault, NotAnEventError | PermanentError)


def reason_of(fault: BaseException) -> str:
    """A reason for the operator without a value: database errors quote rows, so only their class is kept."""
    return str(fault) if _is_permanent(fault) else f"{type(fault).__name__} while applying"
