"""The four rules of the outbox under load and kills: nothing lost, nothing reordered within an aggregate.

The same run with a writer that breaks rule 1 must reorder, or this test proves nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
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
from shared.events.registry import encode
from tests.support.brokers import Broker
from tests.support.log import Verdict, judge, read_log
from tests.support.relay_process import RelayProcess
from tests.support.shared_tables import SharedTables
from tests.support.states import NOW, PROVINCE, number, unit

WRITERS = 8
AGGREGATES = [number(n) for n in range(20)]
RELAYS = 3
LONGEST_HOLD_S = 0.004

Write = Callable[[AsyncConnection, list[UUID], int, random.Random], Awaitable[None]]


async def _hold(chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0, LONGEST_HOLD_S))


async def right(connection: AsyncConnection, aggregates: list[UUID], times: int, chance: random.Random) -> None:
    """Lock first, then say: the product's own functions."""
    await outbox.lock(connection, "unit", [(PROVINCE, one) for one in aggregates])
    for n in range(times):
        said = [outbox.Said(event="unit_changed", aggregate_id=one, state=unit(one, f"{n}")) for one in aggregates]
        await outbox.append(connection, said, now=NOW, new_id=new_id)
    await _hold(chance)


_TAKE_NUMBERS = sa.text("SELECT nextval(pg_get_serial_sequence('outbox', 'id')) FROM generate_series(1, :n)")
_BUMP = sa.text("""
    UPDATE aggregate SET version = greatest(version, CAST(1 AS bigint) << 40) + :times
    WHERE aggregate_type = 'unit' AND aggregate_id = ANY(:aggregates)
    RETURNING aggregate_id, version - :times, shard
""")
_INSERT = sa.text("""
    INSERT INTO outbox (id, province_id, aggregate_type, aggregate_id, version, shard, event_id, type, time, data)
    OVERRIDING SYSTEM VALUE
    SELECT id, :province, 'unit', aggregate_id, version, shard, gen_random_uuid(), :type, :now, :data
    FROM unnest(CAST(:numbers AS bigint[]), CAST(:ids AS uuid[]), CAST(:versions AS bigint[]),
                CAST(:shards AS smallint[])) AS u (id, aggregate_id, version, shard)
""")


async def wrong(connection: AsyncConnection, aggregates: list[UUID], times: int, chance: random.Random) -> None:
    """The lock of rule 1 left out: the outbox numbers are taken first, the aggregates' rows only afterwards."""
    numbers = list(await connection.scalars(_TAKE_NUMBERS, {"n": times * len(aggregates)}))
    await _hold(chance)
    await outbox.lock(connection, "unit", [(PROVINCE, one) for one in aggregates])
    bumped = (await connection.execute(_BUMP, {"aggregates": aggregates, "times": times})).all()
    rows = [(one, before + n + 1, shard) for n in range(times) for one, before, shard in bumped]
    await connection.execute(
        _INSERT,
        {
            "numbers": numbers,
            "ids": [row[0] for row in rows],
            "versions": [row[1] for row in rows],
            "shards": [row[2] for row in rows],
            "province": PROVINCE,
            "type": "vn.bdtx.roster.unit_changed.v1",
            "now": NOW,
            "data": encode(unit(aggregates[0], "wrong")),
        },
    )
    await _hold(chance)


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
            await asyncio.sleep(1)
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


@pytest.mark.slow
async def test_nothing_is_lost_or_reordered_while_relays_are_killed(
    engine: AsyncEngine, shared_tables: SharedTables, fresh_broker: Callable[[], Broker]
) -> None:
    verdict = await write_under_faults(engine, shared_tables, fresh_broker(), right, 20_800, seed=1)
    assert (verdict.lost, verdict.reordered) == (0, 0)


async def test_without_the_lock_of_rule_1_events_are_reordered(
    engine: AsyncEngine, shared_tables: SharedTables, fresh_broker: Callable[[], Broker]
) -> None:
    verdict = await write_under_faults(engine, shared_tables, fresh_broker(), wrong, 4_000, seed=1)
    assert verdict.lost + verdict.reordered > 0
