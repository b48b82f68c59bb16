"""Three brokers, three copies, two in sync: whoever leads is killed or frozen while the relays work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.broker import BrokerError
from deploy.local.kafka import ApacheKafka
from tests.shared.test_ordering import right, write_under_faults
from tests.support.log import bus_to
from tests.support.running import until
from tests.support.shared_tables import SharedTables

TOPIC = "roster.events"
KILLS = 3


async def another_leads(cluster: ApacheKafka, partition: int, than: int) -> None:
    """Returns when the others have chosen."""

    def chosen() -> bool:
        try:
            return cluster.leader_of(TOPIC, partition) != than
        except BrokerError:
            return False

    async def look() -> bool:
        return await asyncio.to_thread(chosen)

    await until(look, 60)


async def whole(cluster: ApacheKafka) -> None:
    """Returns when all three answer and every copy is in sync. The waiting must not hold the writers."""
    await asyncio.to_thread(cluster.wait_until_ready)
    await asyncio.to_thread(cluster.wait_for_full_isr, TOPIC)


@pytest.mark.slow
async def test_no_acknowledged_event_is_lost_or_reordered_while_leaders_are_killed_and_one_is_frozen(
    engine: AsyncEngine, shared_tables: SharedTables, three: ApacheKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_REPLICATION", "3")
    await bus_to(three.bootstrap).ensure_topics([TOPIC])
    await whole(three)
    took: list[str] = []

    async def strike(partition: int, blow: Callable[[int], None], heal: Callable[[int], None]) -> None:
        leader = three.leader_of(TOPIC, partition)
        began = monotonic()
        blow(leader)
        await another_leads(three, partition, leader)
        chosen = monotonic()
        heal(leader)
        await whole(three)
        took.append(f"node {leader}: another led after {chosen - began:.1f} s, whole after {monotonic() - began:.1f} s")

    async def disturb() -> None:
        for partition in range(KILLS):
            await strike(partition, three.kill, lambda number: three.nodes[number].launch())
        await strike(KILLS, three.pause, three.resume)

    verdict = await write_under_faults(engine, shared_tables, three, right, 640, seed=1, disturb=disturb)
    print("\n" + "\n".join(took))
    assert len(took) == KILLS + 1
    assert (verdict.lost, verdict.reordered) == (0, 0)
