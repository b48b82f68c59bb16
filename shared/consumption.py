"""The consumer loop: a partition's batch, folded per aggregate, applied once, in one transaction, before its offset.

Order of one batch: decode, fold to the newest event per aggregate, open the transaction, raise the versions seen
(rows that do not rise are known and skipped), apply, commit, then commit the Kafka offset. Delivery may repeat;
the effect happens once, without trusting the broker for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import parking
from shared.bus import Bus, BusError, ConsumerRebalanceListener, KafkaError
from shared.clock import NewId
from shared.database import fault_name, is_transient
from shared.events.envelope import Envelope, NotAnEventError, from_record
from shared.events.registry import AGGREGATES, check, decode, topic_of

log = structlog.get_logger()

BATCH = 500
AT_ONCE = 4
"""Partitions worked on at the same time; the rest of a poll waits."""
POLL_MS = 300
GATHER_S = 0.25
"""Polls are at least so far apart: under a steady trickle a batch of ten costs as much as one of five hundred."""
WATCH_S = 2.0
BACK_OFF_S = (0.2, 30.0)
TRIES_OF_THE_UNKNOWN = 5
"""An exception of no known class may be transient; after so many tries its event is parked."""


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
    ) -> None:
        self._engine = engine
        self._handlers = handlers
        self._clock = clock
        self._new_id = new_id

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
            if event.aggregate_type in self._handlers:
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
                    await asyncio.sleep(BACK_OFF_S[0] * unknown)
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
        async with self._engine.begin() as connection:
            await self.effect(connection, events, Moment(self._clock(), self._new_id))

    async def effect(self, connection: AsyncConnection, events: Sequence[Envelope], moment: Moment) -> list[Envelope]:
        """Versions seen, effect and own outbox rows, in the caller's transaction; answers what was news."""
        fresh = await raise_versions(connection, fold(events))
        for aggregate_type, handler in self._handlers.items():
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
        async with self._engine.begin() as connection:
            await parking.park(connection, record, event, reason, now=self._clock(), new_id=self._new_id)


def _is_permanent(fault: BaseException) -> bool:
    return isinstance(fault, NotAnEventError | PermanentError)


def reason_of(fault: BaseException) -> str:
    """A reason for the operator without a value: database errors quote rows, so only their class is kept."""
    return str(fault) if _is_permanent(fault) else f"{type(fault).__name__} while applying"


class Consumer:
    """Reads a service's topics in its group and hands each partition's batch to the applier."""

    def __init__(self, bus: Bus, service: str, applier: Applier, aggregate_types: Sequence[str]) -> None:
        self._bus = bus
        self._service = service
        self._applier = applier
        self._topics = sorted({topic_of(name) for name in aggregate_types})
        self.lag = 0
        self.last_poll: float | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Works until told to stop. When another log answers, joins it anew from its beginning."""
        rest, longest = BACK_OFF_S
        while self._topics and not stop.is_set():
            try:
                await self._bus.ensure_topics(self._topics)
                logs = await self._bus.logs(self._topics)
                await self._membership(logs.name, stop)
                rest = BACK_OFF_S[0]
            except (BusError, KafkaError, OSError) as fault:
                log.warning("consumer_interrupted", fault=type(fault).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), rest)
                rest = min(2 * rest, longest / 6)

    async def _membership(self, logs: str, stop: asyncio.Event) -> None:
        # The group's name says which logs it reads: an offset of a lost log can then never be committed into a new
        # one, where it would silently skip what was said again. Nor does it help a new log to have grown past it.
        consumer = self._bus.consumer(f"{self._service}.{logs}", max_records=BATCH * AT_ONCE)
        member = _Member(consumer)
        await consumer.start()
        try:
            consumer.subscribe(self._topics, listener=member)
            loop = asyncio.get_running_loop()
            watched = loop.time()
            while not stop.is_set():
                if loop.time() - watched >= WATCH_S:
                    watched = loop.time()
                    if (await self._bus.logs(self._topics)).name != logs:
                        log.warning("another_log")
                        return
                if self.last_poll is not None and (early := self.last_poll + GATHER_S - loop.time()) > 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), early)
                batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH * AT_ONCE)
                self.last_poll = loop.time()
                if batches:
                    await member.work(batches, self._applier, stop)
                self.lag = await member.lag()
        finally:
            with contextlib.suppress(TimeoutError, KafkaError, asyncio.CancelledError):
                async with asyncio.timeout(5):
                    await consumer.stop()


class _Member(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Holds the batch in hand together with the partitions it came from."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self._at_work = asyncio.Lock()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._generation = 0
        self._done: dict[Any, int] = {}

    async def lag(self) -> int:
        """Records in the log and not yet applied, as far as the last fetch knew."""
        behind = 0
        for partition in self._consumer.assignment():
            end = self._consumer.highwater(partition)
            if end is not None:  # fetched, so its position is known: the committed one where nothing came since
                done = self._done.get(partition)
                behind += max(0, end - (await self._consumer.position(partition) if done is None else done))
        return behind

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Drains: the batch in hand is applied and committed before the partitions may go to another member."""
        async with self._at_work:
            self._generation += 1
            self._done.clear()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self._generation += 1

    async def work(self, batches: Mapping[Any, Sequence[Any]], applier: Applier, stop: asyncio.Event) -> None:
        generation = self._generation
        async with self._at_work:
            if generation != self._generation:
                return  # polled before a rebalance: whoever has the partitions now reads them again
            await asyncio.gather(
                *(self._partition(partition, records, applier, stop) for partition, records in batches.items())
            )

    async def _partition(self, partition: Any, records: Sequence[Any], applier: Applier, stop: asyncio.Event) -> None:
        raws = [
            parking.Raw(r.topic, r.partition, r.offset, r.key, r.value, [(name, value) for name, value in r.headers])
            for r in records
        ]
        rest, longest = BACK_OFF_S
        async with self._slots:
            while True:
                try:
                    await applier.apply(raws)
                    break
                except Exception as fault:
                    if not is_transient(fault):
                        raise
                    log.warning("batch_waits", fault=fault_name(fault))
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), rest * random.uniform(0.7, 1.3))
                    if stop.is_set():
                        self._consumer.seek(partition, records[0].offset)
                        return
                    rest = min(2 * rest, longest)
        self._done[partition] = records[-1].offset + 1
        with contextlib.suppress(TimeoutError):  # the offset is only a bookmark: versions seen decide
            async with asyncio.timeout(5):
                try:
                    await self._consumer.commit({partition: records[-1].offset + 1})
                except (KafkaError, ValueError) as fault:
                    log.info("offset_not_committed", fault=type(fault).__name__)
