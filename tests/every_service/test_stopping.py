"""SIGTERM to real processes: readiness goes first, calls in flight end, the consumer leaves, the relay lets go.

With roster's: all services run by the same `shared/process.py`. The gateway's end is in tests/gateway/test_process.py,
that of kept connections in tests/shared/test_draining.py, a whole rolling restart in tests/rehearsals.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import aiohttp
import asyncpg
import pytest
from joserfc.jwk import ECKey

from deploy.local.ports import free_ports
from shared.clock import utc_now
from shared.identity import Principal
from shared.outbox import SHARDS
from shared.relay import ADVISORY_CLASS
from shared.tokens import mint
from tests.support.brokers import APACHE, Broker
from tests.support.databases import Databases
from tests.support.running import until

ROOT = Path(__file__).parents[2]
AT_ONCE_S = 1.0
GRACE_S = 45.0
"""What the manifests give a process; here it needs a few seconds."""
SESSION_S = 20.0


@dataclass
class Running:
    """A process of roster's, and a kept connection to it."""

    process: asyncio.subprocess.Process
    url: str
    client: aiohttp.ClientSession

    async def ready(self) -> tuple[int, str]:
        """What /readyz says."""
        async with self.client.get(f"{self.url}/readyz") as answer:
            return answer.status, await answer.text()

    async def metric(self, name: str) -> float:
        """One number of /metrics."""
        async with self.client.get(f"{self.url}/metrics") as answer:
            found = re.search(rf"^{name} ([0-9.e+]+)$", await answer.text(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def ends(self) -> float:
        """Seconds until it has ended, cleanly."""
        began = monotonic()
        assert await asyncio.wait_for(self.process.wait(), GRACE_S) == 0
        return monotonic() - began


@pytest.fixture
def key(tmp_path: Path) -> ECKey:
    """The gateway's, which the processes trust."""
    made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [made.as_dict(private=False)]}))
    return made


@asynccontextmanager
async def running(databases: Databases, broker: Broker, folder: Path, *roles: str) -> AsyncIterator[list[Running]]:
    """Processes of these roles, ready; none is left after the block."""
    urls = databases.urls("roster")
    environment = {
        "PATH": os.environ["PATH"],
        "BDTX_ENV": "local",
        "KAFKA_BOOTSTRAP": broker.bootstrap,
        "KAFKA_REPLICATION": "1",
        "KAFKA_IDEMPOTENCE": str(APACHE).lower(),
        "KAFKA_SESSION_TIMEOUT_MS": str(int(1000 * SESSION_S)),
        "INTERNAL_JWKS_FILE": str(folder / "jwks.json"),
        "OBJECT_STORE_URL": (folder / "objects").as_uri(),
        "ROSTER_DATABASE_URL": urls["api"],
        "ROSTER_WORKER_DATABASE_URL": urls["worker"],
    }
    started: list[Running] = []
    async with aiohttp.ClientSession() as client:
        try:
            for role, port in zip(roles, free_ports(len(roles)), strict=True):
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "services.roster",
                    role,
                    cwd=ROOT,
                    env=environment | {"ROSTER_PORT": str(port)},
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                )
                started.append(Running(process, f"http://127.0.0.1:{port}", client))
            for one in started:
                await until(lambda one=one: _is_ready(one), 60)  # type: ignore[misc]
            yield started
        finally:
            for one in started:
                if one.process.returncode is None:
                    one.process.kill()
                    await one.process.wait()


async def _is_ready(one: Running) -> bool:
    try:
        return (await one.ready())[0] == 200
    except aiohttp.ClientError:
        return False


async def test_an_api_is_unready_at_once_and_answers_what_it_has_taken(
    databases: Databases, broker: Broker, tmp_path: Path, key: ECKey
) -> None:
    await databases.clean("roster")
    owner = await asyncpg.connect(databases.urls("roster")["owner"])
    async with running(databases, broker, tmp_path, "api") as [api]:
        token = mint(Principal(account="gateway"), "roster", key, utc_now())

        async def ask() -> int:
            url = f"{api.url}/internal/grants?account=nobody@longan.edu.vn"
            async with api.client.get(url, headers={"authorization": f"Bearer {token}"}) as answer:
                return answer.status

        assert await ask() == 404
        async with owner.transaction():
            await owner.execute("LOCK TABLE account, person, role_grant IN ACCESS EXCLUSIVE MODE")
            asked = asyncio.create_task(ask())
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            await until(lambda: _holds(owner, waits, 1))
            api.process.send_signal(signal.SIGTERM)
            began = monotonic()
            while (answered := await api.ready())[0] == 200:
                assert monotonic() - began < AT_ONCE_S
                await asyncio.sleep(0.01)
            assert answered == (503, '{"status":"not ready","faults":{"process":"stopping"}}')
            await asyncio.sleep(0.2)  # the call is held while the process ends
            assert not asked.done()
        assert await asked == 404, "answered, though the process was told to end"
        assert await api.ends() < GRACE_S
    await owner.close()


async def _holds(connection: asyncpg.Connection, count: str, wanted: int, *values: object) -> bool:
    return bool(await connection.fetchval(count, *values) == wanted)


async def test_a_consumer_leaves_its_group_and_the_other_has_its_partitions(
    databases: Databases, broker: Broker, tmp_path: Path, key: ECKey
) -> None:
    async with running(databases, broker, tmp_path, "consume", "consume") as [first, second]:

        async def shared() -> bool:
            parts = [await one.metric("consumer_partitions") for one in (first, second)]
            return sum(parts) == 12 and min(parts) > 0

        async def taken() -> bool:
            return await second.metric("consumer_partitions") == 12

        await until(shared, 90)
        assert (await first.ready())[0] == 200
        first.process.send_signal(signal.SIGTERM)
        began = monotonic()
        await first.ends()
        await until(taken, 60)
        took = monotonic() - began
    # Before it could be missed. The embedded broker does not tell the others that a member has left.
    assert took < (SESSION_S if APACHE else 3 * SESSION_S), took


async def test_a_relay_lets_its_shards_go_and_the_other_takes_them(
    databases: Databases, broker: Broker, tmp_path: Path, key: ECKey
) -> None:
    superuser = await asyncpg.connect(databases.server.superuser_dsn)
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND granted"
    holders = "SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND granted"
    async with running(databases, broker, tmp_path, "relay", "relay") as [first, second]:
        await until(lambda: _holds(superuser, held, SHARDS, ADVISORY_CLASS))
        assert await _holds(superuser, holders, 1, ADVISORY_CLASS), "whoever came first has them all"
        holder = await _holder(superuser, first, second)
        other = second if holder is first else first
        holder.process.send_signal(signal.SIGTERM)
        await holder.ends()
        await until(lambda: _holds(superuser, held, SHARDS, ADVISORY_CLASS), 10)
        other.process.send_signal(signal.SIGTERM)
        await other.ends()
        assert await _holds(superuser, held, 0, ADVISORY_CLASS)
    await superuser.close()


async def _holder(superuser: asyncpg.Connection, *relays: Running) -> Running:
    """The process whose connection holds the shards, by the client's port."""
    ports = await superuser.fetch(
        "SELECT DISTINCT a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
        "WHERE l.locktype = 'advisory' AND l.classid = $1",
        ADVISORY_CLASS,
    )
    [port] = [row[0] for row in ports]
    for one in relays:
        if _has_socket(one.process.pid, port):
            return one
    raise AssertionError("nobody holds the shards")


def _has_socket(pid: int, port: int) -> bool:
    """Whether a process has a TCP connection from this local port (Linux)."""
    wanted = f":{port:04X}"
    inodes = {
        fields[9]
        for fields in (line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:])
        if fields[1].endswith(wanted)
    }
    links = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()]
    return any(f"socket:[{inode}]" in links for inode in inodes)
