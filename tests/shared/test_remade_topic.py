"""A topic deleted and made again under the same cluster id: another log with the same name and other offsets."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import Bus, Record
from shared.consumption import Consumer
from shared.events.envelope import to_headers
from shared.relay import Relay
from tests.shared.test_relay import say, unpublished
from tests.support.brokers import Broker
from tests.support.handlers import applier, rows, shown
from tests.support.log import bus_to, read_log
from tests.support.running import running, until
from tests.support.shared_tables import SharedTables
from tests.support.states import envelope, number, unit

TOPIC = "roster.events"
UNITS = [number(n) for n in range(50)]


async def remake(broker: Broker) -> None:
    """Deletes the topic and makes it anew, as an administrator might."""
    bus = bus_to(broker.bootstrap)
    before = await bus.logs([TOPIC])
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        assert [code for _, code in (await admin.delete_topics([TOPIC])).topic_error_codes] == [0]
    finally:
        await admin.close()
    await bus.ensure_topics([TOPIC])

    async def another_log() -> bool:
        return (await bus.logs([TOPIC])).name != before.name

    await until(another_log)
    assert (await bus.logs([TOPIC])).cluster_id == before.cluster_id


async def fill(broker: Broker, times: int) -> None:
    """Old news of one unit into every partition, so that the log grows past where the old one ended."""
    publisher = bus_to(broker.bootstrap).publisher()
    await publisher.start()
    old = [envelope(number(n, kind=9), 1, unit(number(n, kind=9), "stale"), "unit_changed") for n in range(40)]
    for _ in range(times):
        records = [Record(TOPIC, str(one.aggregate_id).encode(), one.data, to_headers(one)) for one in old]
        assert not [one for one in await publisher.publish(records) if isinstance(one, BaseException)]
    await publisher.close()


async def forget(engine: AsyncEngine) -> None:
    """The reader's tables are empty: what they held can only come from the log."""
    async with engine.begin() as connection:
        for table in ("shown", "version_seen"):
            await connection.execute(sa.text(f"DELETE FROM {table}"))


async def test_while_services_run_everything_is_said_again_and_the_rows_are_rebuilt_from_it(
    engine: AsyncEngine, shared_tables: SharedTables, fresh_broker: Callable[[], Broker]
) -> None:
    broker = fresh_broker()
    bus = bus_to(broker.bootstrap)

    async def all_shown() -> bool:
        return await unpublished(engine) == 0 and set(await shown(engine)) == set(UNITS)

    relay, reader = Relay(shared_tables.worker, bus, "roster"), Consumer(bus, "reader", applier(engine), ["unit"])
    async with running(relay, reader):
        for name in ("one", "two", "three"):
            await say(engine, UNITS, name)
        await until(all_shown)
        before = await rows(engine)
        await forget(engine)
        await remake(broker)
        await until(all_shown, 60)
        assert await rows(engine) == before
        await say(engine, UNITS[:5], "said afterwards")

        async def the_news_is_shown() -> bool:
            versions = await shown(engine)
            return len({versions[one] for one in UNITS[:5]} - {versions[UNITS[9]]}) == 1

        await until(the_news_is_shown)


async def a_new_log_that_grew_past_the_old_position_is_told_everything_and_read_from_its_beginning(
    engine: AsyncEngine, shared_tables: SharedTables, broker: Broker, bus: Bus
) -> None:
    """The proof. What is said last comes through in any case, and behind all that had to be said again."""
    markers = [number(n, kind=2) for n in range(40)]  # in every partition some

    async def published() -> bool:
        return await unpublished(engine) == 0

    async def all_shown() -> bool:
        return await published() and set(UNITS) <= set(await shown(engine))

    async def markers_shown() -> bool:
        return await published() and set(markers) <= set(await shown(engine))

    relay = Relay(shared_tables.worker, bus, "roster")
    async with running(relay, Consumer(bus, "reader", applier(engine), ["unit"])):
        await say(engine, UNITS)
        await until(all_shown)
    before = {one: version for one, version in (await shown(engine)).items() if one in UNITS}
    ends = [raw.offset for raw in await read_log(broker.bootstrap, TOPIC)]
    await forget(engine)
    await remake(broker)
    # The relay's stored acknowledgements, and the group's committed offsets, now lie within the new log.
    await fill(broker, len(ends))
    again = Consumer(bus, "reader", applier(engine), ["unit"])
    await say(engine, markers)
    async with running(Relay(shared_tables.worker, bus, "roster"), again):
        await until(markers_shown, 60)
    after = await shown(engine)
    missing = [one for one in UNITS if one not in after]
    assert missing == [], f"{len(missing)} units of the old log are missing"
    assert {one: after[one] for one in UNITS} == before


async def test_a_new_log_that_grew_past_the_old_position_before_anybody_looked_is_read_from_its_beginning(
    engine: AsyncEngine, shared_tables: SharedTables, fresh_broker: Callable[[], Broker]
) -> None:
    broker = fresh_broker()
    await a_new_log_that_grew_past_the_old_position_is_told_everything_and_read_from_its_beginning(
        engine, shared_tables, broker, bus_to(broker.bootstrap)
    )
