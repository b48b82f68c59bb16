"""The four rules of the outbox under load and kills: nothing lost, nothing reordered within an aggregate.

The same proof with a writer that breaks rule 1 goes red in tests/wrong_versions.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import outbox
from shared.clock import new_id
from shared.database import retrying
from tests.support.brokers import Broker
from tests.support.log import Verdict, judge, read_log
from tests.support.relay_process import RelayProcess
from tests.support.shared_tables import SharedTables
from tests.support.states import NOW, PROVINCE, number, unit

WRITERS = 8
AGGREGATES = [number(n) for n in range(20)]
RELAYS = 3
EVENTS = 20_800
SEEDS = int(os.environ.get("ORDERING_SEEDS", "2"))
"""How many runs: a few with every change, ORDERING_SEEDS=20 for the long proof."""
LONGEST_HOLD_S = 0.004

Write = Callable[[AsyncConnection, list[UUID], int, random.Random], Awaitable[None]]


async def hold(chance: random.Random) -> None:
    """A transaction stays open for a moment."""
    await asyncio.sleep(chance.uniform(0, LONGEST_HOLD_S))  # the load itself


async def right(connection: AsyncConnection, aggregates: list[UUID], times: int, chance: random.Random) -> None:
    """Lock first, then say: the product's own functions."""
    await outbox.lock(connection, "unit", [(PROVINCE, one) for one in aggregates])
    for n in range(times):
        said = [outbox.Said(event="unit_changed", aggregate_id=one, state=unit(one, f"{n}")) for one in aggregates]
        await outbox.append(connection, said, now=NOW, new_id=new_id)
    await hold(chance)


async def _writer(engine: AsyncEngine, write: Write, transactions: int, chance: random.Random) -> None:
    for _ in range(transactions):
        aggregates, times = chance.sample(AGGREGATES, 5), chance.randint(3, 5)

        async def work(aggregates: list[UUID] = aggregates, times: int = times) -> None:
            async with engine.begin() as connection:
                await write(connection, aggregates, times, chance)

        await retrying(work)


@contextlib.contextmanager
def _relays(shared_tables: SharedTables, broker: Broker) -> Iterator[list[RelayProcess]]:
    relays = [RelayProcess(shared_tables.worker, broker.bootstrap, "roster") for _ in range(RELAYS)]
    for relay in relays:
        relay.start()
    try:
        yield relays
    finally:
        for relay in relays:
            relay.kill()


async def _kill_one_each_second(relays: list[RelayProcess]) -> None:
    while True:
        for relay in relays:
            await asyncio.sleep(1)  # the pace of the kills
            relay.kill()
            relay.start()


async def _until_published(engine: AsyncEngine) -> None:
    async with asyncio.timeout(60):
        while True:
            async with engine.connect() as connection:
                if (await connection.execute(outbox.BACKLOG)).one().rows == 0:
                    return
            await asyncio.sleep(0.1)


async def write_under_faults(
    engine: AsyncEngine,
    shared_tables: SharedTables,
    broker: Broker,
    write: Write,
    events: int,
    seed: int,
    *,
    disturb: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> Verdict:
    """Writers and relay processes at work, and what the log says in the end. A relay is killed each second; or
    `disturb` does its worst, and for as long as that takes there is writing."""
    began = monotonic()
    with _relays(shared_tables, broker) as relays:
        faults = asyncio.create_task(disturb() if disturb else _kill_one_each_second(relays))
        each = events // (WRITERS * 20) + 1
        rounds = 0
        while rounds == 0 or (disturb and not faults.done()):
            chances = [random.Random(seed + WRITERS * rounds + n) for n in range(WRITERS)]
            await asyncio.gather(*(_writer(engine, write, each, chance) for chance in chances))
            rounds += 1
        written = monotonic()
        if disturb:
            faults.result()
        faults.cancel()
        await asyncio.wait([faults])
        await _until_published(engine)
    async with engine.connect() as connection:
        rows = await connection.execute(
            sa.text("SELECT aggregate_id, min(version), max(version) FROM outbox GROUP BY 1")
        )
        said = {row[0]: (row[1], row[2]) for row in rows}
    verdict = judge(await read_log(broker.bootstrap, "roster.events"), said)
    count = sum(last - first + 1 for first, last in said.values())
    print(
        f"\n{write.__name__} writer: {count} events said, {verdict.records} in the log, lost {verdict.lost}, "
        f"reordered {verdict.reordered}; written in {written - began:.1f} s, all in {monotonic() - began:.1f} s"
    )
    assert count >= events * 0.95
    return verdict


async def nothing_is_lost_or_reordered(
    engine: AsyncEngine, shared_tables: SharedTables, broker: Broker, write: Write, events: int, seed: int
) -> None:
    """The proof."""
    verdict = await write_under_faults(engine, shared_tables, broker, write, events, seed)
    assert (verdict.lost, verdict.reordered) == (0, 0), "events lost, events reordered"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
async def test_nothing_is_lost_or_reordered_while_relays_are_killed(
    engine: AsyncEngine, shared_tables: SharedTables, fresh_broker: Callable[[], Broker], seed: int
) -> None:
    await nothing_is_lost_or_reordered(engine, shared_tables, fresh_broker(), right, EVENTS, seed)
