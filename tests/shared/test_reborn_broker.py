"""A publisher that outlives its broker: it knows topics that the one born at the same address does not have.

The embedded broker took its records all the same. Made afterwards, the topic held records that nobody could read, none
could be written at their offsets, and a reader stood still before them (found by chaos seed 113).
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence

import pytest

from shared.bus import Ack, BusError, Publisher, Record
from tests.support.brokers import Broker, lose_everything
from tests.support.log import bus_to, read_log

TOPIC = "roster.events"
MANY = 40
"""Enough keys that each partition has some."""


def records(name: str) -> list[Record]:
    """Some of every partition."""
    return [Record(TOPIC, f"{name}-{n}".encode(), b"{}", []) for n in range(MANY)]


async def said(publisher: Publisher, what: Sequence[Record]) -> list[Ack]:
    """What was acknowledged of it."""
    try:
        return [answer for answer in await publisher.publish(what) if isinstance(answer, Ack)]
    except BusError:
        return []


async def test_a_publisher_says_nothing_to_a_broker_that_was_born_after_it(fresh_broker: Callable[[], Broker]) -> None:
    broker = fresh_broker()
    bus = bus_to(broker.bootstrap)
    await bus.ensure_topics([TOPIC])
    old = bus.publisher()
    await old.start()
    assert len(await said(old, records("before"))) == MANY
    lose_everything(broker)
    broker.start()

    for life in range(3):
        assert await said(old, records(f"ghost{life}")) == []
    await old.close()

    await bus.ensure_topics([TOPIC])
    new = bus.publisher()
    await new.start()
    assert len(await said(new, records("after"))) == MANY
    await new.close()
    async with asyncio.timeout(30):
        keys = {raw.key for raw in await read_log(broker.bootstrap, TOPIC)}
    assert keys == {one.key for one in records("after")}


async def test_what_was_under_way_when_the_broker_went_is_told_as_not_known_at_once_and_is_no_error_in_the_log(
    fresh_broker: Callable[[], Broker], caplog: pytest.LogCaptureFixture
) -> None:
    broker = fresh_broker()
    bus = bus_to(broker.bootstrap)
    await bus.ensure_topics([TOPIC])
    publisher = bus.publisher()
    await publisher.start()
    assert len(await said(publisher, records("before"))) == MANY
    sending = asyncio.create_task(said(publisher, records("under-way")))
    lose_everything(broker)
    broker.start()
    assert len(await sending) <= MANY
    assert await said(publisher, records("later")) == []
    await publisher.close()
    gc.collect()
    assert [one.message for one in caplog.records if one.name == "asyncio"] == []
