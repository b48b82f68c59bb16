"""Reads a topic of the broker back from its beginning, without a group."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.bus import Bus, Topics
from shared.events.envelope import Envelope, from_record
from shared.parking import Raw
from tests.support.brokers import APACHE


def bus_to(bootstrap: str, *, partitions: int = 4, kind: type[Bus] = Bus) -> Bus:
    """The product's bus, with KAFKA_REPLICATION copies of everything; the embedded broker cannot be idempotent."""
    copies = int(os.environ.get("KAFKA_REPLICATION", "1"))
    return kind(
        bootstrap,
        client_id="bdtx-tests",
        topics=Topics(partitions, copies),
        idempotent=APACHE,
        session_timeout_ms=6_000,
    )


async def read_log(bootstrap: str, topic: str) -> list[Raw]:
    """Everything in a topic up to its present end, in the order of each partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
            while not places:  # the first metadata may not know the topic yet; `topics()` does not renew what is known
                await consumer._client.force_metadata_update()
                places = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            found: list[Raw] = []
            for place in places:
                await consumer.seek_to_beginning(place)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += [
                        Raw(r.topic, r.partition, r.offset, r.key, r.value, [(n, v) for n, v in r.headers])
                        for r in records
                    ]
    finally:
        await consumer.stop()
    return sorted(found, key=lambda raw: (raw.partition, raw.offset))


@dataclass(frozen=True)
class Verdict:
    """What a log says about one run: records in it, versions that never came, versions that came after a newer one."""

    records: int
    lost: int
    reordered: int


def judge(log: Sequence[Raw], said: dict[UUID, tuple[int, int]]) -> Verdict:
    """Judges by the first occurrence of each version; repeats are allowed, as the readers skip them.

    `said` holds for each aggregate its first and last version. Raises NotAnEventError for a foreign record.
    """
    highest: dict[UUID, int] = {}
    seen: dict[UUID, set[int]] = {aggregate_id: set() for aggregate_id in said}
    reordered = 0
    for raw in log:
        event: Envelope = from_record(raw.key, raw.value, raw.headers)
        if event.version in seen[event.aggregate_id]:
            continue
        seen[event.aggregate_id].add(event.version)
        if event.version < highest.get(event.aggregate_id, 0):
            reordered += 1
        highest[event.aggregate_id] = max(event.version, highest.get(event.aggregate_id, 0))
    lost = sum(len(set(range(first, last + 1)) - seen[one]) for one, (first, last) in said.items())
    return Verdict(len(log), lost, reordered)
