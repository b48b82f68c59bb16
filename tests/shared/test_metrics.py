"""What a process tells of the events that stop: each figure moves when its fault is there."""

from __future__ import annotations

import asyncio
import time

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import outbox, telemetry
from shared.bus import Bus, Topics
from shared.clock import new_id
from shared.consumption import Consumer
from shared.health import metrics_of, report_lag
from shared.outbox import Said
from tests.shared.test_release import park
from tests.support.handlers import applier
from tests.support.states import NOW, PROVINCE, number, unit


def figure(name: str, **labels: str) -> float:
    """A metric as /metrics shows it."""
    found = REGISTRY.get_sample_value(name, labels)
    assert found is not None, name
    return found


async def until(name: str, low: float) -> None:
    """Until the figure is at least so high."""
    for _ in range(200):
        if figure(name) >= low:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{name} stays at {figure(name)}")


@pytest.mark.parametrize("role", ["worker", "api"])
async def test_what_waits_is_counted_over_every_province_also_by_the_api_role(
    engine: AsyncEngine, api: AsyncEngine, role: str
) -> None:
    refresh = metrics_of(engine if role == "worker" else api, ())
    await refresh()
    names = ("outbox_unpublished_rows", "outbox_oldest_unpublished_age_seconds", "consumer_parked_events")
    assert [figure(name) for name in names] == [0, 0, 0]
    async with engine.begin() as connection:
        await outbox.lock(connection, "unit", [(PROVINCE, number(1))])
        said = Said(event="unit_changed", aggregate_id=number(1), state=unit(number(1), "U"))
        await outbox.append(connection, [said], now=NOW, new_id=new_id)
    await park(engine, 3, 5)
    await refresh()
    assert figure("outbox_unpublished_rows") == 1
    assert figure("outbox_oldest_unpublished_age_seconds") > 86_400, "the event is of 2020"
    assert figure("consumer_parked_events") == 2
    assert figure("job_backlog_rows", job="release_parked") == 0


async def test_the_loops_lag_shows_what_blocked_it() -> None:
    stop = asyncio.Event()
    watching = asyncio.create_task(telemetry.watch_loop(stop))
    telemetry.LOOP_LAG.set(0)
    await until("event_loop_lag_seconds", 0.000_001)
    before = figure("event_loop_lag_seconds")
    time.sleep(telemetry.LOOP_EVERY_S + 0.5)  # noqa: ASYNC251  # the fault itself
    await until("event_loop_lag_seconds", 0.45)
    assert figure("event_loop_lag_seconds") > before
    stop.set()
    await watching


async def test_the_consumers_lag_and_the_age_of_its_last_poll_are_told(engine: AsyncEngine) -> None:
    bus = Bus("127.0.0.1:9", client_id="t", topics=Topics(1, 1), idempotent=False)
    consumer = Consumer(bus, "roster", applier(engine), ["unit"])
    consumer.lag = 7
    consumer.last_poll = asyncio.get_running_loop().time() - 100
    stop = asyncio.Event()
    telling = asyncio.create_task(report_lag(consumer, stop))
    await until("consumer_lag_records", 7)
    await until("consumer_last_poll_age_seconds", 100)
    stop.set()
    await telling
