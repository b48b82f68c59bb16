"""Bad records (table G5), each through the real consumer from the real broker, between good ones.

A record that is no event of ours is parked, with its reason and to the byte, and moves nothing; one that is only
unusual is applied. None stops its partition and no log line holds a payload. All of the table is put into the log
first, and one consumer reads it. What a person does with what was parked: tests/shared/test_release.py.

"Wrong partition" is applied: versions order what an aggregate says, not the place where it stands in the log.
"1 MiB" is two rows: what the producer's limit lets through is applied; more is refused to the sender. "No key" is
for the embedded broker alone: Apache Kafka takes no record without one into a compacted topic.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from shared.bus import Ack, Record
from shared.consumption import Consumer
from shared.database import make_engine
from shared.events.envelope import to_headers
from shared.parking import Raw, stored
from tests.bad_input.records import BAD, CANARY, GOOD, TOPIC, said
from tests.support.brokers import Broker, make_broker
from tests.support.databases import local_folder
from tests.support.handlers import HANDLERS, applier, shown
from tests.support.log import bus_to
from tests.support.running import running, until
from tests.support.shared_tables import SharedTables
from tests.support.states import number, record

PARTITIONS = 4
IDS: dict[str, UUID] = {name: number(place, kind=5) for place, name in enumerate([*BAD, *GOOD])}
"""An aggregate of its own for each row, so that what a row did can be told apart."""
FALLS, DOUBLED, ELSEWHERE = (number(place, kind=6) for place in range(3))
LAST = [number(place, kind=7) for place in range(PARTITIONS)]
"""A good event behind everything in each partition."""


@dataclass
class Heard:
    """What the consumer left behind."""

    engine: AsyncEngine
    places: dict[str, tuple[int, int]]
    sent: dict[str, Raw]
    shown: dict[UUID, int]
    parked: list[dict[str, Any]]
    lines: list[str]
    faults: list[str]
    broker: Broker


async def _put(producer: AIOKafkaProducer, raw: Raw, partition: int) -> tuple[int, int]:
    ack = await producer.send_and_wait(
        raw.topic, value=raw.value, key=raw.key, headers=raw.headers, partition=partition
    )
    return ack.partition, ack.offset


async def _say(broker: Broker) -> tuple[dict[str, tuple[int, int]], dict[str, Raw]]:
    """The whole table: each row between two good events of its partition."""
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, max_request_size=4 * 1024 * 1024)
    await producer.start()
    places, sent = {}, {}
    try:
        for place, name in enumerate(IDS):
            make = BAD[name][0] if name in BAD else GOOD[name]
            sent[name] = make(IDS[name])
            places[name] = await _put(producer, sent[name], place % PARTITIONS)
        for version in (5, 3):
            await _put(producer, record(said(FALLS, version)), 1)
        for _ in range(3):
            await _put(producer, record(said(DOUBLED)), 2)
        for partition in (0, 3):  # its key belongs into one of the four: at least once it is a wrong one
            await _put(producer, record(said(ELSEWHERE, partition + 1)), partition)
        for partition, unit_id in enumerate(LAST):
            await _put(producer, record(said(unit_id)), partition)
    finally:
        await producer.stop()
    return places, sent


@pytest.fixture(scope="module")
async def heard(shared_tables: SharedTables) -> AsyncIterator[Heard]:
    await shared_tables.clean()
    engine = make_engine(shared_tables.worker, pool_size=6)
    news: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            news.append(record.getMessage())

    handler = Keeps(logging.INFO)
    logging.getLogger().addHandler(handler)
    try:
        with local_folder("broker") as paths, make_broker(paths) as broker, capture_logs() as ours:
            bus = bus_to(broker.bootstrap, partitions=PARTITIONS)
            await bus.ensure_topics([TOPIC])
            places, sent = await _say(broker)
            consumer = Consumer(bus, "bad", applier(engine, HANDLERS), ["unit"])

            async def read_to_the_end() -> bool:
                return set(LAST) <= set(await shown(engine))

            async with running(consumer):
                await until(read_to_the_end)
            async with engine.connect() as connection:
                found = await connection.execute(
                    sa.text("SELECT *, headers::text AS headers FROM parked_event ORDER BY partition, log_offset")
                )
                rows = [dict(row) for row in found.mappings()]
            faults = [
                str(line) for line in ours if line["event"] != "record_parked" and line["event"] != "event_parked"
            ]
            lines = [*map(str, ours), *news]
            yield Heard(engine, places, sent, await shown(engine), rows, lines, faults, broker)
    finally:
        logging.getLogger().removeHandler(handler)
        await engine.dispose()


@pytest.mark.parametrize("row", BAD)
async def test_a_record_that_is_no_event_of_ours_is_parked_to_the_byte_with_its_reason(heard: Heard, row: str) -> None:
    (kept,) = [one for one in heard.parked if (one["partition"], one["log_offset"]) == heard.places[row]]
    assert (kept["state"], kept["topic"]) == ("parked", TOPIC)
    assert kept["reason"].startswith(BAD[row][1])
    assert CANARY not in kept["reason"]
    back = stored(kept)
    assert (back.key, back.value) == (heard.sent[row].key, heard.sent[row].value)
    assert [(name, value) for name, value in back.headers] == [
        (name.replace("\x00", "\ufffd"), value) for name, value in heard.sent[row].headers
    ]
    assert IDS[row] not in heard.shown


@pytest.mark.parametrize("row", GOOD)
async def test_what_is_only_unusual_is_applied(heard: Heard, row: str) -> None:
    assert IDS[row] in heard.shown
    assert [one for one in heard.parked if (one["partition"], one["log_offset"]) == heard.places[row]] == []


async def test_nothing_else_was_parked_and_no_partition_stopped(heard: Heard) -> None:
    assert len(heard.parked) == len(BAD)
    good = {IDS[name] for name in GOOD} | {FALLS, DOUBLED, ELSEWHERE, *LAST}
    assert set(heard.shown) == good


async def test_a_version_that_falls_is_skipped(heard: Heard) -> None:
    assert heard.shown[FALLS] == 5


async def test_a_record_delivered_again_has_one_effect(heard: Heard) -> None:
    async with heard.engine.connect() as connection:
        found = await connection.scalar(sa.text("SELECT count(*) FROM effect WHERE unit_id = :id"), {"id": DOUBLED})
    assert found == 1


async def test_a_record_in_the_wrong_partition_counts_by_its_version(heard: Heard) -> None:
    assert heard.shown[ELSEWHERE] == 4


async def test_the_log_says_that_something_was_parked_and_never_what(heard: Heard) -> None:
    assert sum("parked" in line for line in heard.lines) >= len(BAD)
    assert [line for line in heard.lines if CANARY in line] == []
    assert heard.faults == []


async def test_more_than_1_mib_is_refused_to_its_sender_and_the_next_goes_through(heard: Heard) -> None:
    publisher = bus_to(heard.broker.bootstrap).publisher()
    await publisher.start()
    try:
        large, small = said(number(1, kind=8), 1, "x" * 1024 * 1024), said(number(2, kind=8))
        answers = await publisher.publish(
            [Record(TOPIC, str(one.aggregate_id).encode(), one.data, to_headers(one)) for one in (large, small)]
        )
    finally:
        await publisher.close()
    assert isinstance(answers[0], MessageSizeTooLargeError)
    assert isinstance(answers[1], Ack)


async def test_a_bad_record_delivered_again_is_parked_once(heard: Heard) -> None:
    """A record without an envelope has no version to be known by; its place in the log must do."""
    before = len(heard.parked)
    for _ in range(2):
        partition, offset = heard.places["value None (tombstone)"]
        raw = heard.sent["value None (tombstone)"]
        await applier(heard.engine).apply([Raw(TOPIC, partition, offset, raw.key, raw.value, raw.headers)])
    async with heard.engine.connect() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM parked_event")) == before
