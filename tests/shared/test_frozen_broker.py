"""A consumer whose broker is frozen: it stays a member, reads nothing, and what it cannot close it cuts off."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import Bus, BusError, Logs
from shared.consumption import Consumer, Member
from tests.shared.test_consumer import TOPIC, say, shown
from tests.support.brokers import Broker
from tests.support.handlers import HANDLERS, applier
from tests.support.log import bus_to
from tests.support.running import running, until


@contextlib.contextmanager
def frozen(broker: Broker) -> Iterator[None]:
    """SIGSTOP for as long as the block lasts."""
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(broker.pid, signal.SIGCONT)


async def test_a_member_stays_in_its_group_while_the_broker_is_frozen_and_reads_on_when_it_thaws(
    engine: AsyncEngine, fresh_broker: Callable[[], Broker]
) -> None:
    broker = fresh_broker()
    members: list[Member] = []
    unanswered = asyncio.Event()

    class Asking(Bus):
        async def logs(self, topics: Sequence[str]) -> Logs:
            try:
                return await super().logs(topics)
            except BusError:
                unanswered.set()
                raise

    def counted(consumer: Any, join_limit_s: float) -> Member:
        members.append(Member(consumer, join_limit_s))
        return members[-1]

    async def seen(version: int) -> bool:
        return await shown(engine) == {version}

    bus = bus_to(broker.bootstrap, kind=Asking)
    async with running(Consumer(bus, "reporting", applier(engine, HANDLERS), ["unit"], counted)):
        await say(broker, 1)
        await until(lambda: seen(1))
        unanswered.clear()
        with frozen(broker):
            await asyncio.wait_for(unanswered.wait(), 30)
        await say(broker, 2)
        await until(lambda: seen(2))
    assert len(members) == 1, "it left the group and joined anew"


async def test_a_consumer_that_cannot_leave_a_frozen_broker_is_cut_off_and_leaves_nothing_running(
    fresh_broker: Callable[[], Broker],
) -> None:
    broker = fresh_broker()
    bus = bus_to(broker.bootstrap)
    await bus.ensure_topics([TOPIC])
    before = asyncio.all_tasks()
    consumers: list[Any] = []

    async def shared_out() -> bool:
        await asyncio.gather(*(consumer.getmany(timeout_ms=100) for consumer in consumers))
        return all(len(consumer.assignment()) == 4 // len(consumers) for consumer in consumers)

    for _ in range(2):  # one after the other: aiokafka says no farewell in a group's first generation
        consumers.append(bus.consumer("leaves", max_records=10))
        await consumers[-1].start()
        consumers[-1].subscribe([TOPIC])
        await until(shared_out)

    async def nothing_runs() -> bool:
        return asyncio.all_tasks() <= before

    with frozen(broker):
        await asyncio.wait_for(asyncio.gather(*(bus.leave(consumer) for consumer in consumers)), 10)
        await until(nothing_runs, 5)


async def test_a_member_polls_on_while_its_group_gives_it_nothing(
    engine: AsyncEngine, fresh_broker: Callable[[], Broker]
) -> None:
    """The group's leader never shares the partitions out: it is the thread below, stuck in its assignor."""
    broker = fresh_broker()
    bus = bus_to(broker.bootstrap)
    await bus.ensure_topics([TOPIC])
    group = f"reporting.{(await bus.logs([TOPIC])).name}"
    asked, release = threading.Event(), threading.Event()

    async def leads() -> None:
        first = bus_to(broker.bootstrap).consumer(group, max_records=10)

        class Stuck(first._partition_assignment_strategy[0]):  # type: ignore[misc,name-defined]  # no types
            @classmethod
            def assign(cls, cluster: Any, members: Any) -> Any:
                asked.set()
                release.wait(60)
                return super().assign(cluster, members)

        first._partition_assignment_strategy = (Stuck,)
        await first.start()
        first.subscribe([TOPIC])
        await first.getmany(timeout_ms=100)
        await bus.leave(first)

    leader = threading.Thread(target=lambda: asyncio.run(leads()))
    leader.start()
    try:
        assert await asyncio.to_thread(asked.wait, 30)
        consumer = Consumer(bus, "reporting", applier(engine, HANDLERS), ["unit"])
        polled: set[float | None] = set()

        async def polls_on() -> bool:
            polled.add(consumer.last_poll)
            assert consumer.partitions == 0
            return len(polled) > 3

        async with running(consumer):
            await until(polls_on, 8)
            release.set()
            await say(broker, 1)
            await until(lambda: _seen(engine, 1))
    finally:
        release.set()
        await asyncio.to_thread(leader.join)


async def _seen(engine: AsyncEngine, version: int) -> bool:
    return await shown(engine) == {version}


async def test_a_member_whose_group_is_silent_joins_anew() -> None:
    limit = 25.0
    member, now = Member(consumer=None, join_limit_s=limit), asyncio.get_running_loop().time()
    member.demand_assigned(now + limit - 1)
    with pytest.raises(BusError):
        member.demand_assigned(now + limit + 1)
    await member.on_partitions_assigned(())
    member.demand_assigned(now + 10 * limit)
    await member.on_partitions_revoked(())
    with pytest.raises(BusError):
        member.demand_assigned(now + limit + 10)
