"""The broker, behind one module: aiokafka's defaults are unsafe and its calls may hang (docs/decisions/0003).

Longer than 250 lines: nothing but it and `shared/cluster.py` may import aiokafka, and what makes it safe is read best
in one place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, TopicAlreadyExistsError, for_code

from shared import cluster
from shared.cluster import Logs
from shared.events.envelope import Headers

log = structlog.get_logger()

T = TypeVar("T")

REQUEST_TIMEOUT_MS = 6_000
"""aiokafka's 40 s would hold a partition that long behind one frozen broker."""

JOIN_TIMEOUT_MS = 20_000
"""A consumer's requests: joining a group waits for the others, 5 s on the embedded broker when it is idle."""

SESSION_TIMEOUT_MS = 30_000
"""A member that says nothing for so long is put out. The embedded broker lets each join wait for half of it."""

JOIN_LIMIT_SESSIONS = 2.5
"""So many sessions a group may take to give a member its partitions: one until the dead are counted out, and the time
that the living take to drain. Past it the group is taken to wait for a member that nobody is."""

ASK_TIMEOUT_MS = 3_000
ASK_LIMIT_S = 8.0
"""A question to the cluster. The shorter time-out is for one broker, so that a frozen one leaves time for another."""

SEND_LIMIT_S = 10.0
STOP_LIMIT_S = 5.0
"""Together less than the 20 s in which a relay process ends when the broker is gone."""


class BusError(Exception):
    """The broker did not do what was asked; what was sent may be stored all the same."""


class MissingTopicsError(BusError):
    """A cluster answers and does not know the topics: it is another one, or they were deleted."""


class WeakTopicsError(Exception):
    """Topics that may lose what was acknowledged; each sentence names a topic and a setting."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True)
class Topics:
    """How topics are made where they are missing. Partition counts are fixed for good: a change moves keys."""

    partitions: int
    replication: int


@dataclass(frozen=True)
class Record:
    """One record to send."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


@dataclass(frozen=True)
class Ack:
    """Where the broker stored a record."""

    partition: int
    offset: int


class Bus:
    """One broker address. Makes publishers and consumers, and says which cluster answers."""

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str,
        topics: Topics,
        idempotent: bool,
        session_timeout_ms: int = SESSION_TIMEOUT_MS,
        credentials: Mapping[str, Any] | None = None,
        durable: bool = False,
    ) -> None:
        """`credentials` as `shared.credentials.of` answers them; `durable` refuses topics that may lose something."""
        self._connection = {"bootstrap_servers": bootstrap, "client_id": client_id, **(credentials or {})}
        self.bootstrap = bootstrap
        self.client_id = client_id
        self._topics = topics
        self._idempotent = idempotent
        self._durable = durable
        self._session_timeout_ms = session_timeout_ms
        self.join_limit_s = JOIN_LIMIT_SESSIONS * session_timeout_ms / 1000

    async def logs(self, topics: Sequence[str]) -> Logs:
        """Which logs answer to these names now. Raises BusError, MissingTopicsError where a topic is missing."""
        found = await self._ask(lambda admin: cluster.logs(admin, topics))
        if missing := sorted(set(topics) - set(found.topics)):
            raise MissingTopicsError(f"missing: {', '.join(missing)}")
        return found

    async def _ask(self, question: Callable[[Any], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(ASK_LIMIT_S), self._admin() as admin:
                return await question(admin)
        except (KafkaError, TimeoutError, OSError) as fault:
            raise BusError(f"no cluster answers: {type(fault).__name__}") from None

    async def ensure_topics(self, names: Sequence[str]) -> None:
        """Makes the topics that are missing: compacted, never expiring. Raises BusError, and WeakTopicsError where
        all must be durable and one is not."""
        if self._durable and self._topics.replication < cluster.LEAST_REPLICATION:
            raise WeakTopicsError([f"KAFKA_REPLICATION is {self._topics.replication}, too few in production"])
        settings = {"cleanup.policy": "compact", "max.compaction.lag.ms": "604800000"}
        if self._topics.replication >= cluster.LEAST_REPLICATION:
            settings |= {"min.insync.replicas": str(cluster.LEAST_IN_SYNC), "unclean.leader.election.enable": "false"}
        weak: list[str] = []
        try:
            async with asyncio.timeout(2 * REQUEST_TIMEOUT_MS / 1000), self._admin(REQUEST_TIMEOUT_MS) as admin:
                there = set(await admin.list_topics())
                wanted = [
                    NewTopic(
                        name=name,
                        num_partitions=self._topics.partitions,
                        replication_factor=self._topics.replication,
                        topic_configs=settings,
                    )
                    for name in names
                    if name not in there
                ]
                answer = await admin.create_topics(wanted) if wanted else None
                errors = answer.topic_errors if answer else ()  # they come back, they are not raised
                made = not any(code not in (0, TopicAlreadyExistsError.errno) for _, code, *_ in errors)
                if wanted and made:
                    await cluster.wait_until_known(admin, names)
                if self._durable and made:
                    weak = await cluster.weaknesses(admin, names)
        except (KafkaError, TimeoutError, OSError) as fault:
            raise BusError(f"topics could not be made: {type(fault).__name__}") from None
        for topic, code, *_ in errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise BusError(f"topic {topic}: {for_code(code).__name__}")
        if weak:
            raise WeakTopicsError(weak)

    def publisher(self) -> Publisher:
        """A producer of its own; start it, and close it also after a failure."""
        producer = AIOKafkaProducer(
            **self._connection,
            acks="all",
            enable_idempotence=self._idempotent,
            linger_ms=5,
            max_batch_size=262_144,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            retry_backoff_ms=200,
        )
        # The broker that knows no idempotence is the embedded one. It takes records for a topic that it does not have,
        # from a producer that knew it in the broker's life before; made later, the topic then holds records that
        # nobody can read, and at their offsets none can be written (docs/decisions/0009).
        return Publisher(producer, asyncio.Event() if self._idempotent else _one_connection(producer.client))

    def consumer(self, group: str, *, max_records: int) -> Any:
        """An aiokafka consumer with safe settings, not started and not subscribed."""
        return AIOKafkaConsumer(
            **self._connection,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_poll_records=max_records,
            session_timeout_ms=self._session_timeout_ms,
            heartbeat_interval_ms=self._session_timeout_ms // 10,
            rebalance_timeout_ms=60_000,
            max_poll_interval_ms=300_000,
            request_timeout_ms=JOIN_TIMEOUT_MS,
            metadata_max_age_ms=10_000,
            isolation_level="read_committed",
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            fetch_max_wait_ms=200,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )

    async def whole(self, topic: str) -> AsyncIterator[Any]:
        """Every record of a topic that is there, up to its present end, partition by partition; without a group.
        Raises BusError."""
        consumer = AIOKafkaConsumer(
            **self._connection,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            request_timeout_ms=JOIN_TIMEOUT_MS,
        )
        try:
            async with asyncio.timeout(SEND_LIMIT_S):
                await consumer.start()
                while not (numbers := consumer.partitions_for_topic(topic)):
                    await consumer._client.force_metadata_update()  # `topics()` does not renew what is known
            places = [TopicPartition(topic, number) for number in sorted(numbers)]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            await consumer.seek_to_beginning(*places)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        yield record
        except (KafkaError, TimeoutError, OSError) as fault:
            raise BusError(f"the topic cannot be read: {type(fault).__name__}") from None
        finally:
            await self.leave(consumer)

    async def leave(self, consumer: Any) -> None:
        """Leaves the group and closes the consumer, within 5 s: `stop` waits for a frozen broker's answer. It is then
        cut off and the parts are closed by hand, for a fetcher left to itself would read on for nobody."""
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await consumer.stop()
        except (KafkaError, TimeoutError, OSError, asyncio.CancelledError):
            with contextlib.suppress(KafkaError, OSError, AttributeError):
                coordinator = consumer._coordinator
                for task in (
                    coordinator._heartbeat_task,
                    coordinator._commit_refresh_task,
                    coordinator._coordination_task,
                ):
                    if task is not None:
                        task.cancel()
                await consumer._fetcher.close()
                await consumer._client.close()

    @contextlib.asynccontextmanager
    async def _admin(self, request_timeout_ms: int = ASK_TIMEOUT_MS) -> Any:
        admin = AIOKafkaAdminClient(**self._connection, request_timeout_ms=request_timeout_ms)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()


def _one_connection(client: Any) -> asyncio.Event:
    """Lets a client connect as long as no connection of its was lost; answers what is set then. The next one may reach
    another broker at the same address, of which all that this client knows of topics is not true."""
    lost = asyncio.Event()
    connect, send, closed = client._get_conn, client.send, client._on_connection_closed

    async def connect_once(node_id: Any, **how: Any) -> Any:
        if not all(connection.connected() for connection in client._conns.values()):
            lost.set()
        return None if lost.is_set() else await connect(node_id, **how)

    async def send_as_long(node_id: Any, request: Any, **how: Any) -> Any:
        if lost.is_set():
            raise KafkaError("the connection is lost")  # unlike what the client raises by itself, it is not tried again
        return await send(node_id, request, **how)

    def on_closed(connection: Any, reason: Any) -> None:
        lost.set()
        closed(connection, reason)

    client._get_conn, client.send, client._on_connection_closed = connect_once, send_as_long, on_closed
    return lost


async def _all_of(waiting: Sequence[Any]) -> list[Any]:
    """As a task: a gathering that is cancelled without anybody awaiting it is an error in the log."""
    return await asyncio.gather(*waiting, return_exceptions=True)


def _failed(fault: BaseException) -> asyncio.Future[Any]:
    answer = asyncio.get_running_loop().create_future()
    answer.set_exception(fault)
    return answer


class Publisher:
    """Sends batches and says for each record whether it is known to be stored."""

    def __init__(self, producer: Any, lost: asyncio.Event) -> None:
        """`lost`: set where nothing more may be sent, for another broker may answer."""
        self._producer = producer
        self._lost = lost

    async def start(self) -> None:
        """Connects. Raises BusError."""
        try:
            async with asyncio.timeout(SEND_LIMIT_S):
                await self._producer.start()
        except (KafkaError, TimeoutError, OSError) as fault:
            await self.close()
            raise BusError(f"no connection: {type(fault).__name__}") from None

    async def publish(self, records: Sequence[Record]) -> list[Ack | BaseException]:
        """Sends records in order and waits for all, each answered by its ack or its fault.

        Raises BusError where the broker answered nothing for 10 s: an idempotent producer would wait for ever; and
        where the connection is lost and another broker may be the next to answer.
        A record without an ack may be stored all the same; it is sent again, and readers skip what they know.
        A record past the producer's limit is not sent and neither are its key's later ones; other keys go on.
        """
        waiting: list[Any] = []
        refused: dict[bytes, BaseException] = {}
        try:
            async with asyncio.timeout(SEND_LIMIT_S):
                for r in records:
                    if r.key not in refused:
                        try:
                            waiting.append(
                                await self._producer.send(r.topic, value=r.value, key=r.key, headers=r.headers)
                            )
                            continue
                        except MessageSizeTooLargeError as fault:
                            refused[r.key] = fault
                    waiting.append(_failed(refused[r.key]))
                answers = await self._answered(waiting)
        except (KafkaError, TimeoutError) as fault:
            raise BusError(f"nothing sent: {type(fault).__name__}") from None
        return [a if isinstance(a, BaseException) else Ack(a.partition, a.offset) for a in answers]

    async def _answered(self, waiting: Sequence[Any]) -> list[Any]:
        answers: asyncio.Future[list[Any]] = asyncio.ensure_future(_all_of(waiting))
        lost: asyncio.Future[Any] = asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait([answers, lost], return_when=asyncio.FIRST_COMPLETED)
            if not answers.done():
                raise BusError("the connection is lost")
            return answers.result()
        finally:
            lost.cancel()
            answers.cancel()

    async def close(self) -> None:
        """Stops within 5 s. `stop` of an idempotent producer never returns while the broker is away, so that it is
        cut off there and its parts are closed by hand: what was not acknowledged is then not sent by a ghost."""
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await self._producer.stop()
        except (KafkaError, TimeoutError, OSError):
            with contextlib.suppress(KafkaError, OSError, AttributeError):
                await self._producer._sender.close()
                await self._producer.client.close()


__all__ = [
    "Ack",
    "Bus",
    "BusError",
    "ConsumerRebalanceListener",
    "KafkaError",
    "Logs",
    "MissingTopicsError",
    "Publisher",
    "Record",
    "Topics",
    "WeakTopicsError",
]
