"""Migrations beside a release that serves: they queue nobody up, are tried again, and an older release lives on."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import pytest

from shared import migration
from shared.database import make_engine
from shared.health import readiness_of
from tests.migrations.test_rules import planted
from tests.support.databases import Databases

ROOT = Path(__file__).parents[2]
SLOW_S = 5.0
"""Longer than a migration waits for a lock."""


@pytest.fixture
async def owner(databases: Databases) -> AsyncIterator[tuple[str, Any]]:
    """A database with one table in use, and a connection of its owner."""
    address = databases.empty("roster", "under_load")["owner"]
    connection = await asyncpg.connect(address)
    await connection.execute("DROP TABLE IF EXISTS alembic_version, person")
    await connection.execute("CREATE TABLE person (id bigint PRIMARY KEY, name text)")
    yield address, connection
    await connection.close()


def upgrade(folder: Path, body: str, address: str, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Any:
    """Runs planted migrations as `migrate` runs a service's."""
    planted(folder, body)
    monkeypatch.setattr(migration, "config", lambda _, url: migration.config_of(folder, url))
    return asyncio.create_task(asyncio.to_thread(migration.upgrade, "roster", address, **more))


async def test_a_migration_that_meets_a_long_transaction_lets_the_others_pass_and_is_tried_again(
    owner: tuple[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, connection = owner
    longest = 0.0
    async with connection.transaction():
        await connection.execute("SELECT * FROM person")  # a report that takes its time
        body = 'op.add_column("person", sa.Column("kind", sa.Text()))'
        work = upgrade(tmp_path / "migrations", body, address, monkeypatch)
        other = await asyncpg.connect(address)
        began = monotonic()
        while monotonic() - began < SLOW_S:
            asked = monotonic()
            await other.execute("INSERT INTO person VALUES ((random() * 1e15)::bigint)")
            longest = max(longest, monotonic() - asked)
            await asyncio.sleep(0.02)
        await other.close()
        assert not work.done()
    await work
    assert longest < SLOW_S / 2, "without a time-out everybody waits behind the migration until the report is done"
    assert await connection.fetchval("SELECT count(kind) FROM person") == 0


async def test_a_migration_that_never_gets_its_lock_ends_and_says_so(
    owner: tuple[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, connection = owner
    async with connection.transaction():
        await connection.execute("SELECT * FROM person")
        work = upgrade(tmp_path / "m", 'op.drop_table("person")', address, monkeypatch, patience_s=0.0)
        with pytest.raises(migration.LockedOutError, match="a transaction is open that long"):
            await work
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == "20260101_0000", (
        "what was done stays"
    )


async def test_an_index_is_made_while_a_transaction_that_wrote_is_open(
    owner: tuple[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, connection = owner
    other = await asyncpg.connect(address)
    async with connection.transaction():
        await connection.execute("INSERT INTO person VALUES (1, 'a')")
        body = 'migration.create_index("ix_person_name", "person", ["name"])'
        work = upgrade(tmp_path / "migrations", body, address, monkeypatch)
        invalid = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('ix_person_name'))"
        async with asyncio.timeout(20):
            while not await other.fetchval(invalid):  # noqa: ASYNC110  # what it waits for is another process's doing
                await asyncio.sleep(0.02)
        await asyncio.wait_for(other.execute("INSERT INTO person VALUES (2, 'b')"), 1)
    await work
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_person_name'::regclass"
    assert await connection.fetchval(valid) is True
    await other.close()


async def test_two_migrators_at_once_both_succeed(databases: Databases) -> None:
    address = databases.empty("roster", "at_once")["owner"]
    environment = {
        "PATH": os.environ["PATH"],
        "ROSTER_OWNER_DATABASE_URL": address,
        "ROSTER_PORT": "0",
        "KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "INTERNAL_JWKS_FILE": "none",
    }
    command = [sys.executable, "-m", "services.roster", "migrate"]
    both = [await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment) for _ in range(2)]
    assert await asyncio.gather(*(one.wait() for one in both)) == [0, 0]
    connection = await asyncpg.connect(address)
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == migration.head("roster")
    await connection.close()


async def test_a_release_before_is_ready_on_a_newer_database_and_leaves_it_as_it_is(databases: Databases) -> None:
    address = databases.empty("roster", "newer")["owner"]
    await asyncio.to_thread(migration.upgrade, "roster", address)
    engine = make_engine(address, pool_size=1)
    ready = readiness_of("roster", engine)
    connection = await asyncpg.connect(address)

    async def stands_at(revision: str) -> dict[str, str]:
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
        return await ready()

    assert await stands_at(migration.head("roster")) == {}
    assert await stands_at("20991231_0000") == {}, "the next release has migrated"
    await asyncio.to_thread(migration.upgrade, "roster", address)
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == "20991231_0000", "put back, no harm"
    assert "schema" in await stands_at("20261125_0000")
    await connection.execute("DELETE FROM alembic_version")
    assert "schema" in await ready()
    await connection.close()
    await engine.dispose()
