"""The consumer loop in a real group: members come and go under load, and stop with a full batch in hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.applying import Applier
from shared.bus import Bus, Record
from shared.clock import new_id
from shared.consumption import Consumer, Member
from shared.events.envelope import to_headers
from shared.parking import Raw
from tests.support.brokers import Broker
from tests.support.handlers import HANDLERS, applier, parked, show_units
from tests.support.log import bus_to, read_log
from tests.support.running import running, until
from tests.support.states import NOW, envelope, number, unit

TOPIC = "roster.events"
UNITS = 200


async def say(broker: Broker, version: int, units: int = UNITS) -> None:
    """One event of each unit, straight into the log."""
    bus = bus_to(broker.bootstrap)
    publisher = bus.publisher()
    await publisher.start()
    events = [envelope(number(n), version, unit(number(n), f"lần {version}"), "unit_changed") for n in range(units)]
    answers = await publisher.publish(
        [Record(TOPIC, str(one.aggregate_id).encode(), one.data, to_headers(one)) for one in events]
    )
    assert not [one for one in answers if isinstance(one, BaseException)]
    await publisher.close()


async def shown(engine: AsyncEngine) -> set[int]:
    """The versions shown; more than one while a round is under way, none before all units are there."""
    async with engine.connect() as connection:
        found = (await connection.execute(sa.text("SELECT version, count(*) FROM shown GROUP BY 1"))).all()
    return {version for version, _ in found} if sum(count for _, count in found) == UNITS else set()


async def committed(broker: Broker, group: str) -> dict[int, int]:
    """The group's committed offset of each partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(group, partitions=[TopicPartition(TOPIC, n) for n in range(4)])
        return {place.partition: meta.offset for place, meta in found.items() if meta.offset >= 0}
    finally:
        await admin.close()


@pytest.mark.slow
async def test_a_second_member_that_joins_and_leaves_under_load_loses_nothing_and_doubles_no_effect(
    engine: AsyncEngine, fresh_broker: Callable[[], Broker]
) -> None:
    broker = fresh_broker()
    bus = bus_to(broker.bootstrap)
    await bus.ensure_topics([TOPIC])
    group = f"reporting.{(await bus.logs([TOPIC])).name}"
    offsets: list[dict[int, int]] = []
    batches: Counter[str] = Counter()

    def member(name: str) -> Consumer:
        async def slowly(connection: Any, batch: Any, moment: Any) -> None:
            batches[name] += 1
            await asyncio.sleep(0.05)  # a handler that takes its time: a batch is in hand when a member joins
            await show_units(connection, batch, moment)

        return Consumer(bus, "reporting", applier(engine, {"unit": slowly}), ["unit"])

    version = 0

    async def load(rounds: int, until_worked: str | None = None) -> None:
        """At least so many rounds; more, but not for ever, until that member has worked too."""
        nonlocal version
        wanted = batches[until_worked] + 5 if until_worked else 0
        for done in range(150):
            if done >= rounds and (until_worked is None or batches[until_worked] >= wanted):
                return
            version += 1
            await say(broker, version)
            offsets.append(await committed(broker, group))
            await asyncio.sleep(0.1)  # the load's pace

    async def caught_up() -> bool:
        return await shown(engine) == {version}

    async with running(member("first")):
        await load(10, until_worked="first")
        async with running(member("second")):
            await load(10, until_worked="second")
            await until(caught_up)
        await load(10, until_worked="first")
        await until(caught_up)
        ends = {place: offset + 1 for place, offset in await _last_offsets(broker)}

        async def committed_to_the_end() -> bool:
            offsets.append(await committed(broker, group))
            return offsets[-1] == ends

        await until(committed_to_the_end)

    assert batches["first"] > 0 < batches["second"]
    for earlier, later in pairwise(offsets):
        assert all(later.get(place, -1) >= offset for place, offset in earlier.items()), (earlier, later)
    async with engine.connect() as connection:
        doubled = (
            await connection.execute(sa.text("SELECT 1 FROM effect GROUP BY unit_id, version HAVING count(*) > 1"))
        ).all()
    assert doubled == []
    assert await parked(engine) == []
    print(f"\n{version * UNITS} events in {dict(batches)} batches; {len(offsets)} looks at the offsets")


async def _last_offsets(broker: Broker) -> list[tuple[int, int]]:
    return sorted({raw.partition: raw.offset for raw in await read_log(broker.bootstrap, TOPIC)}.items())


class Watched(Member):
    """Tells what the group does with it."""

    def __init__(self, consumer: Any, join_limit_s: float) -> None:
        super().__init__(consumer, join_limit_s)
        self.asked_back, self.let_go, self.worked = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def on_partitions_revoked(self, revoked: Any) -> None:
        if revoked:
            self.asked_back.set()
        await super().on_partitions_revoked(revoked)
        if revoked:
            self.let_go.set()

    async def work(self, *batch: Any) -> None:
        await super().work(*batch)
        self.worked.set()

    async def has_all(self) -> bool:
        """Whether it has all four partitions now."""
        return len(self._consumer.assignment()) == 4


async def committed_offsets_never_fall(engine: AsyncEngine, broker: Broker, part: type[Member]) -> None:
    """The proof: one member has batches of all partitions in hand, applied and not yet committed, while another comes,
    works on what it is given, and goes again. A member that drains keeps its partitions until it has committed."""
    bus = bus_to(broker.bootstrap)
    await bus.ensure_topics([TOPIC])
    group = f"reporting.{(await bus.logs([TOPIC])).name}"
    offsets: list[dict[int, int]] = []
    in_hand: set[int] = set()
    goes_on = asyncio.Event()
    members: list[Watched] = []

    class Holding(Applier):
        async def apply(self, records: Sequence[Raw]) -> None:
            await super().apply(records)
            in_hand.add(records[0].partition)
            await goes_on.wait()

    def watched(consumer: Any, join_limit_s: float) -> Member:
        members.append(type("Watched", (Watched, part), {})(consumer, join_limit_s))
        return members[-1]

    async def all_in_hand() -> bool:
        return len(in_hand) == 4

    async def two_partitions_committed_to_the_end() -> bool:
        offsets.append(await committed(broker, group))
        return sum(offsets[-1].get(place) == end + 1 for place, end in await _last_offsets(broker)) >= 2

    await say(broker, 1)
    first = Consumer(bus, "reporting", Holding(engine, HANDLERS, lambda: NOW, new_id), ["unit"], watched)
    async with running(first):
        try:
            await until(all_in_hand)
            async with running(Consumer(bus, "reporting", applier(engine), ["unit"])):
                await asyncio.wait_for(members[0].asked_back.wait(), 30)
                with contextlib.suppress(TimeoutError):  # one that drains does not let go while it has them in hand
                    await asyncio.wait_for(members[0].let_go.wait(), 1)
                if not members[0].let_go.is_set():
                    goes_on.set()
                await say(broker, 2)
                await until(two_partitions_committed_to_the_end)
            await until(members[0].has_all)
            offsets.append(await committed(broker, group))
        finally:
            goes_on.set()
        await asyncio.wait_for(members[0].worked.wait(), 30)
        offsets.append(await committed(broker, group))
    for earlier, later in pairwise(offsets):
        assert all(later.get(place, -1) >= offset for place, offset in earlier.items()), f"{earlier} fell to {later}"


async def test_a_batch_in_hand_is_committed_before_its_partitions_go_so_that_committed_offsets_never_fall(
    engine: AsyncEngine, fresh_broker: Callable[[], Broker]
) -> None:
    await committed_offsets_never_fall(engine, fresh_broker(), Member)


async def test_a_consumer_told_to_stop_with_a_full_batch_finishes_or_abandons_it_and_commits_nothing_unapplied(
    engine: AsyncEngine, fresh_broker: Callable[[], Broker]
) -> None:
    await told_to_stop_it_commits_nothing_unapplied(engine, fresh_broker(), Member)


async def told_to_stop_it_commits_nothing_unapplied(engine: AsyncEngine, broker: Broker, part: type[Member]) -> None:
    """The proof: first with a database that is away, then with a slow one."""
    bus = bus_to(broker.bootstrap)
    await bus.ensure_topics([TOPIC])
    logs = (await bus.logs([TOPIC])).name
    at_work = asyncio.Event()

    async def at_leisure(connection: Any, batch: Any, moment: Any) -> None:
        at_work.set()
        await asyncio.sleep(1)  # the fault itself: a slow database, still at work when told to stop
        await show_units(connection, batch, moment)

    async def never(connection: Any, batch: Any, moment: Any) -> None:
        at_work.set()
        raise ConnectionError("the database is away")

    await say(broker, 1)
    loop = asyncio.get_running_loop()
    async with running(Consumer(bus, "abandons", applier(engine, {"unit": never}), ["unit"], part)):
        await at_work.wait()
        began = loop.time()
    assert loop.time() - began < 20
    assert await committed(broker, f"abandons.{logs}") == {}, "committed and not applied"
    assert await parked(engine) == []

    at_work.clear()
    async with running(Consumer(bus, "finishes", applier(engine, {"unit": at_leisure}), ["unit"], part)):
        await at_work.wait()
        began = loop.time()
    assert loop.time() - began < 20
    offsets = await committed(broker, f"finishes.{logs}")
    async with engine.connect() as connection:
        applied = await connection.scalar(sa.text("SELECT count(*) FROM shown"))
    assert sum(offsets.values()) <= applied

    # A member that goes on at the committed offsets has no lag on the partitions where nothing came since.
    await say(broker, 2, units=1)
    again = Consumer(bus, "finishes", applier(engine), ["unit"], part)

    async def caught_up() -> bool:
        return await shown(engine) == {1, 2} and again.lag == 0

    async with running(again):
        await until(caught_up)


async def test_a_consumer_that_hears_nothing_ends_at_once() -> None:
    await asyncio.wait_for(Consumer(bus_to("127.0.0.1:9"), "none", applier_of_nothing(), []).run(asyncio.Event()), 1)


def applier_of_nothing() -> Any:
    """Never asked."""
    return None


async def test_without_a_broker_a_consumer_goes_on_trying_and_stops_when_told(engine: AsyncEngine) -> None:
    tries = 0

    class Counted(Bus):
        async def ensure_topics(self, topics: Sequence[str]) -> None:
            nonlocal tries
            tries += 1
            await super().ensure_topics(topics)

    async def tried_again() -> bool:
        return tries > 1

    nobody = bus_to("127.0.0.1:9", kind=Counted)
    async with running(Consumer(nobody, "reporting", applier(engine, HANDLERS), list(HANDLERS))):
        await until(tried_again)
