"""Two witnesses beside the run: one reads the topics' whole log, one looks at what each consumer has seen.

The log is read by a plain consumer without a group. The broker may lose it: each life of it has a name, the cluster's
id, and what was read counts only once the id is found unchanged, else it is read again from the new beginning.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.chaos.facts import Key, Logged, versions

TOPICS = ("roster.events", "grading.events", "certificates.events", "reporting.events")
LOOK_EVERY_S = 1.0
CAUGHT_UP_WITHIN_S = 30.0
_AWAY = (KafkaError, OSError, TimeoutError)
_NO_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class LogRecorder:
    """Reads until it is told to stop; `read` is everything it saw."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._read: dict[tuple[str, str, int, int], Logged] = {}
        self._foreign: set[tuple[str, str, int, int]] = set()
        self._empty_looks = 0
        self.caught_up = asyncio.Event()
        """Two looks in a row found nothing new in the log that is there now."""

    @property
    def read(self) -> list[Logged]:
        """Every record once."""
        return list(self._read.values())

    @property
    def foreign(self) -> int:
        """How many records were not of our form: no platform process wrote them."""
        return len(self._foreign)

    @property
    def lives(self) -> int:
        """How many logs there were: one more than were lost."""
        return len({one.log for one in self._read.values()})

    async def run(self, stop: asyncio.Event) -> None:
        """A broker that is away is asked again."""
        while not stop.is_set():
            with contextlib.suppress(*_AWAY):
                await self._one_life(stop)
            await _pause(stop, 0.3)

    def _looked(self, found: int) -> None:
        self._empty_looks = 0 if found else self._empty_looks + 1
        if self._empty_looks >= 2:
            self.caught_up.set()
        else:
            self.caught_up.clear()

    async def _one_life(self, stop: asyncio.Event) -> None:
        self._empty_looks = 0
        self.caught_up.clear()
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, request_timeout_ms=5_000, fetch_max_wait_ms=100
        )
        try:
            async with asyncio.timeout(15):
                log, _ = await self._known()
                await consumer.start()
                places = await self._places(consumer)
                if not places:
                    return
                there = len({place.topic for place in places})
                consumer.assign(places)
                await consumer.seek_to_beginning(*places)
            while not stop.is_set():
                found = await self._some(consumer, stop)
                async with asyncio.timeout(10):
                    now, topics = await self._known()
                if now != log:
                    return
                for one in found:
                    self._keep(log, one)
                if topics != there:
                    return
                self._looked(len(found))
        finally:
            await _end(consumer)

    def _keep(self, log: str, record: Any) -> None:
        place = (log, record.topic, record.partition, record.offset)
        read = _logged(log, record)
        if read is None:
            self._foreign.add(place)
        else:
            self._read.setdefault(place, read)

    async def _places(self, consumer: Any) -> list[TopicPartition]:
        """Every partition of the topics that are there."""
        await consumer._client.force_metadata_update()
        return [
            TopicPartition(topic, number)
            for topic in TOPICS
            for number in sorted(consumer._client.cluster.partitions_for_topic(topic) or ())
        ]

    async def _some(self, consumer: Any, stop: asyncio.Event) -> list[Any]:
        """What comes within a second."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LOOK_EVERY_S
        found: list[Any] = []
        while loop.time() < until and not stop.is_set():
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
        return found

    async def _known(self) -> tuple[str, int]:
        """The cluster's id, and how many of the topics it has: one that lost all gets them back one by one."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, request_timeout_ms=3_000)
        await admin.start()
        try:
            cluster_id = str((await admin.describe_cluster())["cluster_id"])
            return cluster_id, len(set(TOPICS) & set(await admin.list_topics()))
        finally:
            await admin.close()


async def _end(consumer: Any) -> None:
    """In a task of its own: with the broker gone aiokafka's `stop` may end in its own tasks' CancelledError, which
    would end the recorder without a word."""
    ending = asyncio.ensure_future(consumer.stop())
    await asyncio.wait({ending}, timeout=5)
    if not ending.done():
        ending.cancel()
    elif not ending.cancelled() and (fault := ending.exception()) is not None and not isinstance(fault, _AWAY):
        raise fault


def _logged(log: str, record: Any) -> Logged | None:
    """None where the record lacks our headers or they cannot be read."""
    try:
        headers = {name: value.decode() for name, value in record.headers}
        key: Key = (headers["ce_aggregatetype"], headers["ce_aggregateid"])
        version = int(headers["ce_aggregateversion"])
    except (KeyError, ValueError, AttributeError):
        return None
    return Logged(log, record.topic, record.partition, record.offset, key, version)


class SeenWatcher:
    """Looks each second at the versions that each consumer has seen; `fallen` names those that fell."""

    def __init__(self, owners: Mapping[str, str]) -> None:
        self._owners = owners
        self._before: dict[str, dict[Key, int]] = {service: {} for service in owners}
        self.fallen: list[str] = []
        self.looks = 0

    async def run(self, stop: asyncio.Event) -> None:
        """A database that is away is asked again."""
        while not stop.is_set():
            for service, owner in self._owners.items():
                with contextlib.suppress(*_NO_DATABASE):
                    await self._look(service, owner)
            self.looks += 1
            await _pause(stop, LOOK_EVERY_S)

    async def _look(self, service: str, owner: str) -> None:
        async with asyncio.timeout(5):
            connection = await asyncpg.connect(owner, timeout=3)
            try:
                now = await versions(connection)
            finally:
                await connection.close(timeout=2)
        self.compare(service, now)

    def compare(self, service: str, now: dict[Key, int]) -> None:
        """One look after another."""
        for key, version in self._before[service].items():
            if now.get(key, 0) < version:
                self.fallen.append(f"{service} had seen {key[0]} {key[1]} at {version}, then {now.get(key)}")
        self._before[service] = now


@dataclass
class Witnesses:
    """Both, while the block runs; it ends when the recorder has caught up. Raises RuntimeError where one left early."""

    recorder: LogRecorder
    watcher: SeenWatcher

    async def __aenter__(self) -> Self:
        self._stop = asyncio.Event()
        self._tasks = [asyncio.create_task(one.run(self._stop)) for one in (self.recorder, self.watcher)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(TimeoutError):  # what it lacks even then is a finding
            await asyncio.wait_for(self.recorder.caught_up.wait(), CAUGHT_UP_WITHIN_S if fault is None else 0)
        left = any(one.done() for one in self._tasks)
        self._stop.set()
        await asyncio.gather(*self._tasks)
        if left:
            raise RuntimeError("a witness left before the end")


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
