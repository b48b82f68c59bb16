"""What a process does with a cluster that may lose what it acknowledged, and with one that is gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import aiohttp
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.kafka import ApacheKafka
from deploy.local.ports import free_port
from shared.bus import Bus, Topics, WeakTopicsError
from tests.support.databases import Databases, local_folder
from tests.support.running import until

TOPIC = "roster.events"
WEAK = {"min.insync.replicas": "1", "unclean.leader.election.enable": "true"}


async def make(cluster: ApacheKafka, topic: str, copies: int, settings: dict[str, str]) -> None:
    """A topic that somebody made by hand."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, copies, topic_configs=settings)])
    finally:
        await admin.close()


def bus_to(cluster: ApacheKafka, copies: int = 3) -> Bus:
    """The bus of a process in production."""
    return Bus(cluster.bootstrap, client_id="try", topics=Topics(2, copies), idempotent=True, durable=True)


async def test_on_three_brokers_the_product_s_own_topics_are_accepted_and_weak_ones_refused_by_name(
    three: ApacheKafka,
) -> None:
    bus = bus_to(three)
    await bus.ensure_topics(["sound.events"])
    await asyncio.to_thread(three.wait_for_full_isr, "sound.events")
    await bus.ensure_topics(["sound.events"])
    await make(three, "weak.events", 2, WEAK)
    await asyncio.to_thread(three.wait_for_full_isr, "weak.events")
    with pytest.raises(WeakTopicsError) as refused:
        await bus.ensure_topics(["sound.events", "weak.events"])
    assert refused.value.sentences == (
        "topic weak.events: its replication factor is 2, at least 3 are needed",
        "topic weak.events: min.insync.replicas is 1, at least 2 are needed",
        "topic weak.events: unclean.leader.election.enable must be false",
    )
    with pytest.raises(WeakTopicsError, match="KAFKA_REPLICATION is 1"):
        await bus_to(three, 1).ensure_topics(["never.made"])


@contextlib.asynccontextmanager
async def process(
    databases: Databases, cluster: ApacheKafka, role: str, **environment: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A process of roster and its address."""
    urls = databases.urls("roster")
    port = free_port()
    keys = cluster.folder / "jwks.json"
    keys.write_text('{"keys": []}', encoding="utf-8")
    settings = {
        "PATH": os.environ["PATH"],
        "BDTX_ENV": "sandbox",
        "ROSTER_DATABASE_URL": urls["api"],
        "ROSTER_WORKER_DATABASE_URL": urls["worker"],
        "ROSTER_PORT": str(port),
        "KAFKA_BOOTSTRAP": cluster.bootstrap,
        "KAFKA_REPLICATION": "1",
        "INTERNAL_JWKS_FILE": str(keys),
        "OBJECT_STORE_URL": cluster.folder.as_uri(),
        **environment,
    }
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.roster", role),
        cwd=Path(__file__).parents[2],
        env=settings,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield started, f"http://127.0.0.1:{port}"
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def answers(url: str) -> bool:
    """Whether the process is ready."""
    try:
        async with aiohttp.ClientSession() as client, client.get(f"{url}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def has_topic(cluster: ApacheKafka) -> bool:
    """Whether the relay has made its topic, so that it is at work."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        return TOPIC in await admin.list_topics()
    finally:
        await admin.close()


async def test_a_relay_in_production_ends_with_2_and_names_what_is_wrong_on_one_broker(databases: Databases) -> None:
    with local_folder("one") as paths, ApacheKafka(paths) as one:
        await make(one, TOPIC, 1, {})
        settings = {"BDTX_ENV": "production", "KAFKA_REPLICATION": "3"}
        async with process(databases, one, "relay", **settings) as (relay, _):
            _, said = await asyncio.wait_for(relay.communicate(), 60)
            assert relay.returncode == 2
            assert b"topic roster.events: its replication factor is 1, at least 3 are needed" in said
            assert b"topic roster.events: min.insync.replicas is 1, at least 2 are needed" in said


@pytest.mark.slow
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
async def test_with_the_broker_gone_a_relay_ends_within_20_s_and_a_whole_service_goes_on_answering(
    engine: AsyncEngine, databases: Databases, blow: signal.Signals
) -> None:
    with local_folder("gone") as paths, ApacheKafka(paths) as one:
        async with (
            process(databases, one, "relay") as (relay, url),
            process(databases, one, "all") as (everything, whole_url),
        ):

            async def at_work() -> bool:
                return await answers(url) and await answers(whole_url) and await has_topic(one)

            await until(at_work, 60)
            one.nodes[1].send(blow)
            began = monotonic()
            assert await asyncio.wait_for(relay.wait(), 30) == 1
            took = monotonic() - began
            print(f"\nthe relay ended {took:.1f} s after {blow.name}")
            assert took < 20
            assert everything.returncode is None
            assert await answers(whole_url)
