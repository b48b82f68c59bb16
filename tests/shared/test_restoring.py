"""A database from a backup: what it says next is news to everybody, and it hears again what it had forgotten."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal
from unittest.mock import ANY
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import migration
from shared.consumption import Consumer
from shared.database import make_engine
from shared.relay import Relay
from shared.restoring import Report, StillServedError, restored
from tests.shared.test_relay import say, unpublished
from tests.support.brokers import Broker
from tests.support.databases import Databases
from tests.support.handlers import applier, shown
from tests.support.log import bus_to
from tests.support.running import Loop, running, until
from tests.support.shared_tables import SharedTables
from tests.support.states import number

ROOT = Path(__file__).parents[2]
KEPT, CHANGED, MADE = number(1), number(2), number(3)
Backup = Callable[[Literal["make", "restore"]], Awaitable[None]]
BACKED_UP = ("database_epoch", "aggregate", "outbox", "version_seen", "shown")


@pytest.fixture
async def backup(engine: AsyncEngine, shared_tables: SharedTables) -> AsyncIterator[Backup]:
    """`await backup("make")` keeps the tables as they are, `await backup("restore")` puts them back."""
    owner = make_engine(shared_tables.owner, pool_size=1)

    async def turn(way: Literal["make", "restore"]) -> None:
        async with owner.begin() as connection:
            for table in BACKED_UP:
                if way == "make":
                    await connection.execute(sa.text(f"CREATE TABLE kept_{table} AS TABLE {table}"))
                else:
                    await connection.execute(sa.text(f"DELETE FROM {table}"))
                    override = "OVERRIDING SYSTEM VALUE" if table == "outbox" else ""
                    await connection.execute(sa.text(f"INSERT INTO {table} {override} TABLE kept_{table}"))

    yield turn
    async with owner.begin() as connection:
        for table in BACKED_UP:
            await connection.execute(sa.text(f"DROP TABLE IF EXISTS kept_{table}"))
        await connection.execute(sa.text("UPDATE database_epoch SET epoch = 1"))
    await owner.dispose()


async def versions(engine: AsyncEngine) -> dict[UUID, tuple[int, int]]:
    """Epoch and counter of what the reader shows."""
    async with engine.connect() as connection:
        found = await connection.execute(sa.text("SELECT unit_id, version FROM shown"))
        return {row.unit_id: (row.version >> 40, row.version & 0xFFFFFFFF) for row in found}


async def test_after_a_restore_all_is_said_again_above_what_was_heard_and_all_is_heard_again(
    engine: AsyncEngine,
    shared_tables: SharedTables,
    fresh_broker: Callable[[], Broker],
    backup: Backup,
) -> None:
    broker = fresh_broker()

    def loops() -> tuple[Loop, ...]:
        bus = bus_to(broker.bootstrap)
        return Relay(shared_tables.worker, bus, "roster"), Consumer(bus, "reporting", applier(engine), ["unit"])

    async def caught_up() -> bool:
        return await unpublished(engine) == 0 and expected.items() <= (await versions(engine)).items()

    async def restore() -> Report:
        await engine.dispose()
        await backup("restore")
        return await restored(shared_tables.worker, bus_to(broker.bootstrap), "roster")

    async with running(*loops()):
        await say(engine, [KEPT, CHANGED], "before the backup")
        expected = {KEPT: (1, 1), CHANGED: (1, 1)}
        await until(caught_up)
    await backup("make")
    async with running(*loops()):
        await say(engine, [CHANGED, MADE], "after the backup")
        expected = {KEPT: (1, 1), CHANGED: (1, 2), MADE: (1, 1)}
        await until(caught_up)

    report = await restore()
    assert (report.epoch, report.said_again) == (2, 2)
    assert (report.forgotten, report.unknown) == ({"unit": 1}, {"unit": 1})
    assert MADE not in await shown(engine), "the reader is of the same database, which forgot it"
    async with running(*loops()):
        expected = {KEPT: (2, 1), CHANGED: (2, 1), MADE: (1, 1)}
        await until(caught_up)  # the reader's offsets were past `MADE`; its versions seen were not
        await say(engine, [CHANGED], "done again")
        expected[CHANGED] = (2, 2)
        await until(caught_up)

    report = await restore()  # once more, from the same backup: its own epoch says 1, the topic knows better
    assert report.epoch == 3
    async with running(*loops()):
        expected = {KEPT: (3, 1), CHANGED: (3, 1)}
        await until(caught_up)


async def test_nothing_is_done_while_the_service_is_served(
    engine: AsyncEngine, shared_tables: SharedTables, broker: Broker
) -> None:
    await say(engine, [KEPT])
    with pytest.raises(StillServedError, match="stop every process of roster first"):
        await restored(shared_tables.worker, bus_to(broker.bootstrap), "roster")
    async with engine.connect() as connection:
        assert await connection.scalar(sa.text("SELECT epoch FROM database_epoch")) == 1


async def test_an_epoch_that_nobody_remembers_can_be_named(
    engine: AsyncEngine, shared_tables: SharedTables, fresh_broker: Callable[[], Broker], backup: Backup
) -> None:
    await say(engine, [KEPT])
    await engine.dispose()
    report = await restored(shared_tables.worker, bus_to(fresh_broker().bootstrap), "roster", above=7)
    assert report.epoch == 8


async def test_the_command_says_in_a_sentence_what_is_in_its_way(databases: Databases, broker: Broker) -> None:
    urls = databases.empty("roster", "restored")
    await asyncio.to_thread(migration.upgrade, "roster", urls["owner"])
    held = await asyncpg.connect(urls["api"])
    assert await _command(urls["worker"], broker.bootstrap) == (1, "", "stop every process of roster first\n")
    await held.close()
    assert await _command("postgresql://a:secret@127.0.0.1:9/b", broker.bootstrap) == (1, "", ANY)
    assert await _command(urls["worker"], "127.0.0.1:9") == (1, "", ANY)
    code, said, _ = await _command(urls["worker"], broker.bootstrap, "--above", "4")
    assert (code, json.loads(said.splitlines()[-1])["epoch"]) == (0, 5)


async def _command(worker: str, bootstrap: str, *options: str) -> tuple[int | None, str, str]:
    """Exit code, output, and the last line of the errors, in which no password and no traceback is."""
    environment = {
        "PATH": os.environ["PATH"],
        "BDTX_ENV": "local",
        "ROSTER_WORKER_DATABASE_URL": worker,
        "ROSTER_PORT": "0",
        "KAFKA_BOOTSTRAP": bootstrap,
        "KAFKA_REPLICATION": "1",
        "INTERNAL_JWKS_FILE": "none",
    }
    argv = [sys.executable, "-m", "services.roster", "restored", *options]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*argv, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe)
    said, errors = (part.decode() for part in await asyncio.wait_for(process.communicate(), 60))
    assert "Traceback" not in errors
    assert "secret" not in errors
    return process.returncode, said, errors.splitlines(keepends=True)[-1] if errors else ""
