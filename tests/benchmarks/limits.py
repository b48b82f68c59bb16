"""The limit that a rate is held against: the same events from the broker into one table, with nothing else done."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from time import perf_counter

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS = 12
BATCH = 500


async def broker_to_table(bootstrap: str, dsn: str, bodies: Sequence[bytes]) -> float:
    """Events a second, from the first fetch to the last commit; the producing is not counted. `dsn`: an owner's."""
    topic = f"bench.{uuid.uuid4().hex[:8]}"  # not a domain id
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5, max_batch_size=262_144)
    await producer.start()
    for start in range(0, len(bodies), 5_000):
        sent = [
            await producer.send(topic, body, partition=(start + n) % PARTITIONS)
            for n, body in enumerate(bodies[start : start + 5_000])
        ]
        await asyncio.gather(*sent)
    await producer.stop()
    store = await asyncpg.connect(dsn)
    await store.execute(f"CREATE TABLE bench_{topic[6:]} (partition int, log_offset bigint, body bytea)")
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, partition) for partition in range(PARTITIONS)])
        started, done = perf_counter(), 0
        while done < len(bodies):
            for records in (await consumer.getmany(timeout_ms=1_000, max_records=2_000)).values():
                for start in range(0, len(records), BATCH):
                    part = records[start : start + BATCH]
                    await store.execute(
                        f"INSERT INTO bench_{topic[6:]} SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])",
                        [r.partition for r in part],
                        [r.offset for r in part],
                        [r.value for r in part],
                    )
                    done += len(part)
        return done / (perf_counter() - started)
    finally:
        await consumer.stop()
        await store.execute(f"DROP TABLE bench_{topic[6:]}")
        await store.close()
