"""The consumer loop: reads a service's topics, and commits a partition's offset after its batch is applied.

What applying means (folding, versions seen, one transaction) is `shared/applying.py`'s; here are the group, the
rebalance and the rests between tries.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared import parking
from shared.applying import Applier
from shared.bus import Bus, BusError, ConsumerRebalanceListener, KafkaError, MissingTopicsError
from shared.database import fault_name, is_transient
from shared.events.registry import topic_of

log = structlog.get_logger()

BATCH = 500
AT_ONCE = 4
"""Partitions worked on at the same time; the rest of a poll waits."""
POLL_MS = 300
POLL_LIMIT_S = 1.0
GATHER_S = 0.25
"""Polls are at least so far apart: under a steady trickle a batch of ten costs as much as one of five hundred."""
WATCH_S = 2.0
BACK_OFF_S = (0.2, 30.0)


class Consumer:
    """Reads a service's topics in its group and hands each partition's batch to the applier."""

    def __init__(
        self,
        bus: Bus,
        service: str,
        applier: Applier,
        aggregate_types: Sequence[str],
        member: Callable[[Any, float], Member] | None = None,
    ) -> None:
        """`member` makes the group's member of an aiokafka consumer: what holds a batch and its partitions together."""
        self._bus = bus
        self._service = service
        self._applier = applier
        self._member = member or Member
        self._topics = sorted({topic_of(name) for name in aggregate_types})
        self.lag = 0
        self.partitions = 0
        self.last_poll: float | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Works until told to stop. When another log answers, joins it anew from its beginning."""
        rest, longest = BACK_OFF_S
        while self._topics and not stop.is_set():
            try:
                await self._bus.ensure_topics(self._topics)
                logs = await self._bus.logs(self._topics)
                await self._membership(logs.name, await self._applier.epoch(), stop)
                rest = BACK_OFF_S[0]
            except (BusError, KafkaError, OSError, SQLAlchemyError) as fault:
                if isinstance(fault, SQLAlchemyError) and not is_transient(fault):
                    raise
                log.warning("consumer_interrupted", fault=type(fault).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), rest)
                rest = min(2 * rest, longest / 6)

    async def _membership(self, logs: str, epoch: int, stop: asyncio.Event) -> None:
        # The group's name says which logs it reads: an offset of a lost log can then never be committed into a new
        # one, where it would silently skip what was said again. Nor does it help a new log to have grown past it.
        # Likewise the epoch, once it was raised: a database from a backup has forgotten what the old group had read.
        group = f"{self._service}.{logs}" + (f".{epoch}" if epoch > 1 else "")
        consumer = self._bus.consumer(group, max_records=BATCH * AT_ONCE)
        member = self._member(consumer, self._bus.join_limit_s)
        try:
            await consumer.start()
            consumer.subscribe(self._topics, listener=member)
            loop = asyncio.get_running_loop()
            watched = loop.time()
            while not stop.is_set():
                if loop.time() - watched >= WATCH_S:
                    answering = await self._answering()
                    if answering is None:
                        # Nothing is read until it is known from which log. The member stays: one that leaves a frozen
                        # broker is still its group's leader when it thaws, and the others wait for it.
                        continue
                    if answering != logs:
                        log.warning("another_log")
                        return
                    watched = loop.time()
                if self.last_poll is not None and (early := self.last_poll + GATHER_S - loop.time()) > 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), early)
                batches = await self._poll(consumer)
                self.last_poll = loop.time()
                self.partitions = len(consumer.assignment())
                member.demand_assigned(loop.time())
                if batches:
                    await member.work(batches, self._applier, stop)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_LIMIT_S):
                        self.lag = await member.lag()
        finally:
            self.partitions = 0
            await self._bus.leave(consumer)

    async def _poll(self, consumer: Any) -> Mapping[Any, Sequence[Any]]:
        """What has come. `getmany` waits for a group that shares its partitions out as long as that takes, whatever
        its time-out says; meanwhile it has to be seen that another log answers, and that the group gives nothing."""
        try:
            async with asyncio.timeout(POLL_LIMIT_S):
                found: Mapping[Any, Sequence[Any]] = await consumer.getmany(
                    timeout_ms=POLL_MS, max_records=BATCH * AT_ONCE
                )
                return found
        except TimeoutError:
            return {}

    async def _answering(self) -> str | None:
        """The name of the logs that answer now; None where nothing does. Raises MissingTopicsError."""
        try:
            return (await self._bus.logs(self._topics)).name
        except MissingTopicsError:
            raise
        except BusError as fault:
            log.warning("log_not_known", fault=str(fault))
            await asyncio.sleep(GATHER_S)
            return None


class Member(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Holds the batch in hand together with the partitions it came from."""

    def __init__(self, consumer: Any, join_limit_s: float) -> None:
        self._consumer = consumer
        self._join_limit_s = join_limit_s
        self._at_work = asyncio.Lock()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._generation = 0
        self._done: dict[Any, int] = {}
        self._unassigned_since: float | None = asyncio.get_running_loop().time()

    def demand_assigned(self, now: float) -> None:
        """Raises BusError where the group has given this member nothing for the limit since it joined or gave up
        partitions, not even the word that there is nothing for it."""
        if self._unassigned_since is not None and now - self._unassigned_since > self._join_limit_s:
            raise BusError(f"no assignment in {self._join_limit_s:.0f} s")

    async def lag(self) -> int:
        """Records in the log and not yet applied, as far as the last fetch knew. Raises TimeoutError where a position
        is not known and nobody says it."""
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
            self._unassigned_since = asyncio.get_running_loop().time()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self._generation += 1
        self._unassigned_since = None

    async def work(self, batches: Mapping[Any, Sequence[Any]], applier: Applier, stop: asyncio.Event) -> None:
        """The batches of one poll, each partition's by itself; nothing where a rebalance came in between."""
        generation = self._generation
        async with self._at_work:
            if generation != self._generation:
                return  # polled before a rebalance: whoever has the partitions now reads them again
            await asyncio.gather(
                *(self.partition(partition, records, applier, stop) for partition, records in batches.items())
            )

    async def partition(self, partition: Any, records: Sequence[Any], applier: Applier, stop: asyncio.Event) -> None:
        """Applies one partition's records, then commits its offset; told to stop while it waits, it does neither."""
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
        await self.commit(partition, records[-1].offset + 1)

    async def commit(self, partition: Any, offset: int) -> None:
        """The partition is read up to before `offset`; it may fail, for then the records only come again."""
        with contextlib.suppress(TimeoutError):  # the offset is only a bookmark: versions seen decide
            async with asyncio.timeout(5):
                try:
                    await self._consumer.commit({partition: offset})
                except (KafkaError, ValueError) as fault:
                    log.info("offset_not_committed", fault=type(fault).__name__)
