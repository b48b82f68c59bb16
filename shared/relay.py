"""The relay carries the outbox to the broker: marks rows, one relay per shard, republishes when the log was lost."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import structlog

from shared.bus import Ack, Bus, BusError, Record
from shared.database import DATABASE_FAULTS, connected
from shared.events.envelope import Envelope, to_headers
from shared.events.registry import TOPICS, source_of
from shared.outbox import SHARDS

log = structlog.get_logger()

BATCH = 1_000
IDLE_S = 0.1
"""The rest after less than a full batch."""
WATCH_S = 2.0
"""How often free shards and another log are looked for."""
REST_AFTER_FAULT_S = (0.2, 5.0)
PATIENCE_AT_START_S = 12.0
"""A relay that gives up waits so long for a broker it never reached: to start a process costs a second and a half of
CPU, and half a dozen of them over and over take a whole core."""
ADVISORY_CLASS = 0x6F7574
"""First key of the advisory locks, "out": the second is the shard."""

_TAKE = """
    SELECT s::int AS shard FROM generate_series(0, $3::int - 1) AS s
    WHERE s <> ALL($2::int[]) AND pg_try_advisory_lock($1, s)
"""
_POSITIONS = "SELECT shard, partition, cluster_id, log_offset FROM relay_position WHERE shard = ANY($1)"
_UNPUBLISHED = """
    SELECT id, province_id, aggregate_type, aggregate_id, version, shard, event_id, type, time, data, traceparent
    FROM outbox WHERE published_at IS NULL AND shard = ANY($1) ORDER BY id LIMIT $2
"""
_MARK = "UPDATE outbox SET published_at = now() WHERE id = ANY($1)"
_POSITION = """
    INSERT INTO relay_position (shard, partition, cluster_id, log_offset)
    SELECT * FROM unnest($1::smallint[], $2::int[], $3::text[], $4::bigint[])
    ON CONFLICT (shard, partition) DO UPDATE SET cluster_id = excluded.cluster_id, log_offset = excluded.log_offset
"""
_SAY_AGAIN = """
    UPDATE outbox o SET published_at = NULL
    FROM aggregate a
    WHERE a.shard = ANY($1) AND o.published_at IS NOT NULL
      AND o.aggregate_id = a.aggregate_id AND o.version = a.version AND o.aggregate_type = a.aggregate_type
"""
_FORGET_POSITIONS = "DELETE FROM relay_position WHERE shard = ANY($1)"


class Relay:
    """One relay process. Any number may run: each shard is held by one, and passes on when its holder dies.

    The advisory locks live on the connection that reads and marks: when it breaks, the locks are gone and the relay
    stops sending, because it cannot mark. What it may still have in flight arrives as a duplicate of a known version.
    """

    def __init__(
        self, dsn: str, bus: Bus, service: str, *, gives_up: bool = False, session: type[Session] | None = None
    ) -> None:
        """`gives_up`: a fault of the broker ends `run`, for a process of its own that is started again. `session`:
        what is done on one connection."""
        self._gives_up = gives_up
        self._dsn = dsn
        self._begin = session or Session
        self._bus = bus
        self._reached = False
        self._topic = TOPICS[service]
        self._source = source_of(service)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until told to stop. A fault of database or broker ends the session and begins anew, with a rest.

        Raises BusError where it gives up: within 20 s of the broker's going, or 25 s of a start without one.
        """
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + PATIENCE_AT_START_S
        rest, longest = REST_AFTER_FAULT_S
        while not stop.is_set():
            try:
                await self._session(stop)
                rest = REST_AFTER_FAULT_S[0]
            except (BusError, *DATABASE_FAULTS) as fault:
                log.warning("relay_interrupted", fault=type(fault).__name__, detail=str(fault)[:200])
                patient = not self._reached and loop.time() < patient_until
                if self._gives_up and isinstance(fault, BusError) and not patient:
                    raise
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), rest)
                rest = min(2 * rest, longest)

    async def _session(self, stop: asyncio.Event) -> None:
        await self._bus.ensure_topics([self._topic])
        self._reached = True
        publisher = self._bus.publisher()
        await publisher.start()
        try:
            async with connected(self._dsn, command_timeout=60) as connection:
                await self._begin(connection, self._bus, publisher, self._topic, self._source).work(stop)
        finally:
            await publisher.close()


class Session:
    """From one connection to its end: the shards held, and how far the log had come for each."""

    def __init__(self, connection: Any, bus: Bus, publisher: Any, topic: str, source: str) -> None:
        self._db = connection
        self._bus = bus
        self._publisher = publisher
        self._topic = topic
        self._source = source
        self._held: set[int] = set()
        self._offsets: dict[tuple[int, int], int] = {}
        self._log = ""

    async def work(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        watched = -WATCH_S
        while not stop.is_set():
            if loop.time() - watched >= WATCH_S:
                await self._watch()
                watched = loop.time()
            rows = await self.unpublished(self._db, sorted(self._held)) if self._held else []
            if rows:
                answers = await self._publisher.publish([self._record(row) for row in rows])
                await self._mark(rows, answers)
            if len(rows) < BATCH:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), IDLE_S)

    async def unpublished(self, connection: Any, shards: Sequence[int]) -> Sequence[Any]:
        """The next rows to send, in the order of their ids: those that nobody marked, wherever they lie. A transaction
        may end after one that took later ids."""
        rows: Sequence[Any] = await connection.fetch(_UNPUBLISHED, shards, BATCH)
        return rows

    async def _watch(self) -> None:
        """Takes shards that nobody holds; notices another log, which knows nothing of ours: of another cluster, or
        of a topic that was deleted and made again (docs/decisions/0009). Between batches only: an acknowledgement of
        the old log must not be marked as one of the new."""
        log_name = (await self._bus.logs([self._topic])).name
        if self._log and log_name != self._log:
            self._log = log_name
            await self._say_again(self._held, "another log")
        self._log = log_name
        taken = {row["shard"] for row in await self._db.fetch(_TAKE, ADVISORY_CLASS, sorted(self._held), SHARDS)}
        if not taken:
            return
        strange = set()
        for row in await self._db.fetch(_POSITIONS, sorted(taken)):
            if row["cluster_id"] == log_name:
                self._offsets[row["shard"], row["partition"]] = row["log_offset"]
            else:
                strange.add(row["shard"])
        self._held |= taken
        if strange:
            await self._say_again(strange, "another log since the last run")

    def _record(self, row: Any) -> Record:
        event = Envelope(
            id=row["event_id"],
            type=row["type"],
            source=self._source,
            time=row["time"],
            province_id=row["province_id"],
            aggregate_type=row["aggregate_type"],
            aggregate_id=row["aggregate_id"],
            version=row["version"],
            data=row["data"],
            traceparent=row["traceparent"],
        )
        return Record(self._topic, str(event.aggregate_id).encode(), event.data, to_headers(event))

    async def _mark(self, rows: Sequence[Any], answers: Sequence[Ack | BaseException]) -> None:
        """Marks what is known to be stored. Where one key failed, its later rows wait; others go on."""
        done: list[int] = []
        failed: set[Any] = set()
        reached: dict[tuple[int, int], int] = {}
        lost = False
        fault: BaseException | None = None
        for row, answer in zip(rows, answers, strict=True):
            if isinstance(answer, BaseException):
                failed.add(row["aggregate_id"])
                fault = answer
                continue
            place = (row["shard"], answer.partition)
            lost = lost or answer.offset <= self._offsets.get(place, -1)
            if row["aggregate_id"] not in failed:
                done.append(row["id"])
            reached[place] = max(answer.offset, reached.get(place, -1))
        if lost:
            await self._say_again(self._held, "an acknowledgement at or below one that was given before")
            return
        self._offsets |= reached
        async with self._db.transaction():
            await self._db.execute(_MARK, done)
            shards, partitions = ([place[i] for place in reached] for i in (0, 1))
            await self._db.execute(_POSITION, shards, partitions, [self._log] * len(reached), list(reached.values()))
        if fault is not None:
            raise BusError(f"{len(failed)} keys wait: {type(fault).__name__}")

    async def _say_again(self, shards: set[int], why: str) -> None:
        """Republishes the newest state of every aggregate of these shards: readers skip what they know."""
        self._offsets = {place: offset for place, offset in self._offsets.items() if place[0] not in shards}
        async with self._db.transaction():
            await self._db.execute(_FORGET_POSITIONS, sorted(shards))
            answer = await self._db.execute(_SAY_AGAIN, sorted(shards), timeout=300)
        log.warning("republishing", why=why, shards=len(shards), rows=int(answer.split()[-1]))
