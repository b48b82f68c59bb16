"""A batch that meets the loss of the log half-way: its second half stands in the new log before all of it comes again.

Older versions then come after newer ones once, and the newest comes again after them, so that readers end right. The
chaos harness counts those as `said_again`. To an embedded broker the half is not sent (`test_reborn_broker.py`): there
all of it comes in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import Ack, Publisher, Record
from shared.relay import Relay, Session
from tests.shared.test_relay import TOPIC, say, say_in, told, unpublished
from tests.support.brokers import APACHE, Broker, lose_everything
from tests.support.log import bus_to
from tests.support.running import running, until
from tests.support.shared_tables import SharedTables
from tests.support.states import number

BATCH = 3


async def test_a_second_half_that_comes_first_in_the_new_log_is_followed_by_all_of_it_in_order(
    engine: AsyncEngine, shared_tables: SharedTables, fresh_broker: Callable[[], Broker]
) -> None:
    broker = fresh_broker()

    class Straddled(Session):
        """Between the first record of a batch of three and the others the broker loses everything."""

        def __init__(self, connection: Any, bus: Any, publisher: Publisher, topic: str, source: str) -> None:
            super().__init__(connection, bus, self, topic, source)
            self._whole = publisher

        async def publish(self, records: Sequence[Record]) -> list[Ack | BaseException]:
            if len(records) != BATCH or broker.cluster_id != first_cluster:
                return await self._whole.publish(records)
            early = await self._whole.publish(records[:1])
            lose_everything(broker)
            broker.start()
            await bus_to(broker.bootstrap).ensure_topics([TOPIC])
            return early + await self._whole.publish(records[1:])

    async def all_published() -> bool:
        return await unpublished(engine) == 0

    first_cluster = broker.cluster_id
    one, others = number(1), [number(n) for n in range(2, 8)]
    relay = Relay(shared_tables.worker, bus_to(broker.bootstrap), "roster", session=Straddled)
    async with running(relay):
        await say(engine, [one, *others])
        await until(all_published)
        async with engine.begin() as connection:  # one transaction, so that the relay finds all three at once
            for name in ("a", "b", "c"):
                await say_in(connection, [one], name)
        await until(all_published, 45)
    log = await told(broker)
    versions = [version for unit, version in log if unit == one]
    expected = [3, 4, 2, 3, 4] if APACHE else [2, 3, 4]
    assert versions[: len(expected)] == expected
    assert set(versions[len(expected) :]) <= {4}, "the look at the log's name says the newest again"
    assert {unit for unit, _ in log} == {one, *others}, "whatever was said before is said again"
