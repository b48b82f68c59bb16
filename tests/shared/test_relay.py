"""The relay against a real broker: what it does when acks, logs, brokers and single records go wrong."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterable
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import outbox
from shared.bus import BusError
from shared.clock import new_id
from shared.consumption import Consumer
from shared.events.envelope import from_record
from shared.relay import ADVISORY_CLASS, Relay, Session
from tests.support.brokers import Broker, lose_everything
from tests.support.handlers import applier, rows
from tests.support.log import bus_to, read_log
from tests.support.relay_process import RelayProcess
from tests.support.running import running, until
from tests.support.shared_tables import SharedTables
from tests.support.states import NOW, PROVINCE, number, unit

TOPIC = "roster.events"


async def say(engine: AsyncEngine, ids: Iterable[UUID], name: str = "Trường") -> None:
    """One event of each unit, through the product's outbox."""
    async with engine.begin() as connection:
        await say_in(connection, ids, name)


async def say_in(connection: AsyncConnection, ids: Iterable[UUID], name: str = "Trường") -> None:
    """The same in a transaction of the caller's."""
    wanted = list(ids)
    await outbox.lock(connection, "unit", [(PROVINCE, one) for one in wanted])
    said = [outbox.Said(event="unit_changed", aggregate_id=one, state=unit(one, name)) for one in wanted]
    await outbox.append(connection, said, now=NOW, new_id=new_id)


async def unpublished(engine: AsyncEngine) -> int:
    """Rows that wait for the relay."""
    async with engine.connect() as connection:
        return int((await connection.execute(outbox.BACKLOG)).one().rows)


async def told(broker: Broker) -> list[tuple[UUID, int]]:
    """Aggregate and counter (the version without its epoch) of every record in the log."""
    events = [from_record(raw.key, raw.value, raw.headers) for raw in await read_log(broker.bootstrap, TOPIC)]
    return [(event.aggregate_id, event.version & 0xFFFFFFFF) for event in events]


@pytest.fixture
def relay(shared_tables: SharedTables) -> Callable[[Broker], Relay]:
    """Makes a relay to a broker."""
    return lambda broker: Relay(shared_tables.worker, bus_to(broker.bootstrap), "roster")


async def test_a_broker_that_came_back_empty_is_told_everything_again_and_readers_end_with_the_same_rows(
    engine: AsyncEngine, fresh_broker: Callable[[], Broker], relay: Callable[[Broker], Relay]
) -> None:
    broker = fresh_broker()
    consumer = Consumer(bus_to(broker.bootstrap), "reporting", applier(engine), ["unit"])

    async def caught_up() -> bool:
        return await unpublished(engine) == 0 and len(await rows(engine)) == 2 * expected

    async with running(relay(broker), consumer):
        for name in ("one", "two", "three"):
            await say(engine, [number(n) for n in range(50)], name)
        expected = 50
        await until(caught_up)
        before = await rows(engine)
        first_cluster = broker.cluster_id
        lose_everything(broker)
        await say(engine, [number(n) for n in range(50, 60)], "said while it was away")
        broker.start()
        assert broker.cluster_id != first_cluster
        expected = 60
        await until(caught_up, 45)

        async def everything_said_again() -> bool:
            with contextlib.suppress(TimeoutError):
                return {one for one, _ in await told(broker)} == {number(n) for n in range(60)}
            return False

        await until(everything_said_again, 45)
    assert [row for row in await rows(engine) if row in before] == before
    again = await told(broker)
    assert {version for one, version in again if one in {number(n) for n in range(50)}} == {3}, "the newest is enough"


async def test_an_ack_at_or_below_a_stored_offset_means_that_the_log_was_lost_and_everything_is_said_again(
    engine: AsyncEngine, fresh_broker: Callable[[], Broker], relay: Callable[[Broker], Relay]
) -> None:
    broker = fresh_broker()

    async def all_published() -> bool:
        return await unpublished(engine) == 0

    async with running(relay(broker)):
        await say(engine, [number(n) for n in range(20)])
        await until(all_published)
    assert len(await told(broker)) == 20
    async with engine.begin() as connection:
        stored = await connection.execute(
            sa.text("UPDATE relay_position SET log_offset = 1000000 RETURNING cluster_id")
        )
        assert set(stored.scalars()) == {(await bus_to(broker.bootstrap).logs([TOPIC])).name}
    async with running(relay(broker)):
        await say(engine, [number(3)])
        await until(all_published)
    times = Counter(one for one, _ in await told(broker))
    assert times == {number(n): 3 if n == 3 else 2 for n in range(20)}
    async with engine.connect() as connection:
        highest = await connection.scalar(sa.text("SELECT max(log_offset) FROM relay_position"))
    assert highest is not None
    assert highest < 1_000


async def test_a_relay_killed_between_ack_and_mark_leaves_duplicates_and_nothing_worse(
    engine: AsyncEngine, shared_tables: SharedTables, fresh_broker: Callable[[], Broker]
) -> None:
    broker = fresh_broker()
    await say(engine, [number(n) for n in range(30)])
    first = RelayProcess(shared_tables.worker, broker.bootstrap, "roster")
    second = RelayProcess(shared_tables.worker, broker.bootstrap, "roster")
    await bus_to(broker.bootstrap).ensure_topics([TOPIC])
    try:
        async with engine.begin() as holder:
            await holder.execute(sa.text("SELECT 1 FROM outbox FOR UPDATE"))  # the mark must wait
            first.start()

            async def acknowledged() -> bool:
                return len(await told(broker)) == 30

            await until(acknowledged)
            assert await unpublished(engine) == 30
            first.kill()
        second.start()

        async def all_published() -> bool:
            return await unpublished(engine) == 0

        await until(all_published)
    finally:
        first.kill()
        second.kill()
    log = await told(broker)
    assert len(log) == 60
    assert set(log) == {(number(n), 1) for n in range(30)}


async def test_rows_of_a_key_that_fails_wait_and_others_go_on(
    engine: AsyncEngine, fresh_broker: Callable[[], Broker], relay: Callable[[Broker], Relay]
) -> None:
    broker = fresh_broker()
    await say(engine, [number(1), number(2)])
    async with engine.begin() as connection:  # past what any producer may say, so past the outbox's own check
        await connection.execute(
            sa.text("UPDATE outbox SET data = :data WHERE aggregate_id = :id"),
            {"data": b'"' + b"x" * 2_000_000 + b'"', "id": number(1)},
        )
    await say(engine, [number(1), number(2), number(3)])

    async def only_the_failing_key_is_left() -> bool:
        return await unpublished(engine) == 2

    async with running(relay(broker)):
        await until(only_the_failing_key_is_left)
        assert set(await told(broker)) == {(number(2), 1), (number(2), 2), (number(3), 1)}
        await say(engine, [number(4)])
        await until(only_the_failing_key_is_left)
        async with engine.begin() as connection:
            await connection.execute(
                sa.text("UPDATE outbox SET data = '{}' WHERE aggregate_id = :id"), {"id": number(1)}
            )

        async def all_published() -> bool:
            return await unpublished(engine) == 0

        await until(all_published)
    assert [version for one, version in await told(broker) if one == number(1)] == [1, 2]


async def a_transaction_that_ends_late_is_published_too(engine: AsyncEngine, broker: Broker, relay: Relay) -> None:
    """The proof: outbox numbers are taken in one order, and transactions end in another."""
    early, late, last = number(1), number(2), number(3)

    async def marked(one: UUID) -> bool:
        async with engine.connect() as connection:
            found = await connection.scalars(
                sa.text("SELECT aggregate_id FROM outbox WHERE published_at IS NOT NULL AND aggregate_id = :id"),
                {"id": one},
            )
            return found.first() is not None

    async with running(relay):
        async with engine.begin() as slow:
            await say_in(slow, [early])
            await say(engine, [late])
            await until(lambda: marked(late))
        await say(engine, [last])
        await until(lambda: marked(last))  # so what lay before it had its turn
    published = {one for one, _ in await told(broker)}
    assert published == {early, late, last}, f"never said: { ({early, late, last} - published) }"


async def test_a_row_is_published_though_its_transaction_ended_after_later_rows_were_published(
    engine: AsyncEngine, fresh_broker: Callable[[], Broker], relay: Callable[[Broker], Relay]
) -> None:
    broker = fresh_broker()
    await a_transaction_that_ends_late_is_published_too(engine, broker, relay(broker))


async def test_a_shard_is_held_by_one_relay_and_passes_on_when_its_holder_stops(
    engine: AsyncEngine, shared_tables: SharedTables, broker: Broker, relay: Callable[[Broker], Relay]
) -> None:
    looked = asyncio.Event()

    class Looks(Session):
        async def _watch(self) -> None:
            await super()._watch()
            looked.set()

    async def holders() -> list[int]:
        async with engine.connect() as connection:
            answer = await connection.execute(
                sa.text(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :class "
                    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY pid"
                ),
                {"class": ADVISORY_CLASS},
            )
            return sorted(answer.scalars())

    async def all_held() -> bool:
        return sum(await holders()) == outbox.SHARDS

    stop = asyncio.Event()
    first = asyncio.create_task(relay(broker).run(stop))
    await until(all_held)
    second = Relay(shared_tables.worker, bus_to(broker.bootstrap), "roster", session=Looks)
    async with running(second):
        await asyncio.wait_for(looked.wait(), 30)
        assert await holders() == [outbox.SHARDS]
        stop.set()
        await first
        await until(all_held)
    assert await holders() == []


async def test_without_a_broker_the_bus_says_so_within_its_limits() -> None:
    nobody = bus_to("127.0.0.1:9")
    with pytest.raises(BusError):
        await nobody.logs([TOPIC])
    with pytest.raises(BusError):
        await nobody.ensure_topics([TOPIC])
    with pytest.raises(BusError):
        await nobody.publisher().start()


async def test_an_aggregate_said_twice_in_one_append_or_never_locked_is_refused(engine: AsyncEngine) -> None:
    one = outbox.Said(event="unit_changed", aggregate_id=number(1), state=unit(number(1), "Trường"))
    with pytest.raises(ValueError, match="stands twice"):
        async with engine.begin() as connection:
            await outbox.append(connection, [one, one], now=NOW, new_id=new_id)
    with pytest.raises(ValueError, match="not locked"):
        async with engine.begin() as connection:
            await outbox.append(connection, [one], now=NOW, new_id=new_id)
    too_large = outbox.Said(event="unit_changed", aggregate_id=number(1), state=unit(number(1), "x" * 300_000))
    async with engine.begin() as connection:
        await outbox.lock(connection, "unit", [(PROVINCE, number(1))])
        with pytest.raises(outbox.EventTooLargeError):
            await outbox.append(connection, [too_large], now=NOW, new_id=new_id)
    assert await unpublished(engine) == 0


async def test_a_purge_never_takes_the_newest_of_an_aggregate_nor_what_is_unpublished(engine: AsyncEngine) -> None:
    for _ in range(3):
        await say(engine, [number(1), number(2)])
    async with engine.begin() as connection:
        await connection.execute(
            sa.text("UPDATE outbox SET published_at = :now WHERE aggregate_id = :id"), {"now": NOW, "id": number(1)}
        )
        await connection.execute(outbox.PURGE, {"before": NOW.replace(year=2021)})
        left = await connection.execute(sa.text("SELECT aggregate_id, version & 255 FROM outbox ORDER BY 1, 2"))
        assert [tuple(row) for row in left] == [(number(1), 3), (number(2), 1), (number(2), 2), (number(2), 3)]


async def test_versions_are_gapless_and_begin_anew_above_all_others_when_the_epoch_is_raised(
    engine: AsyncEngine, shared_tables: SharedTables
) -> None:
    for _ in range(3):
        await say(engine, [number(1)])
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE database_epoch SET epoch = 2"))
    await say(engine, [number(1)])
    await say(engine, [number(1)])
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE database_epoch SET epoch = 1"))
        versions = (await connection.scalars(sa.text("SELECT version FROM outbox ORDER BY id"))).all()
    assert versions == [(1 << 40) + 1, (1 << 40) + 2, (1 << 40) + 3, (2 << 40) + 1, (2 << 40) + 2]
