"""Each service's database: migrations, the outbox's sequence, and the wall between provinces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import migration
from shared.database import make_engine, transaction
from shared.schema import SHARED_WITHOUT_PROVINCE
from tests.every_service.services import SERVICES
from tests.support.databases import Databases, apart
from tests.support.states import OTHER_PROVINCE, PROVINCE, number

pytestmark = pytest.mark.parametrize("service", SERVICES)

HOLES_OF_ALL = {"parked_event": [("installation_reads", "SELECT"), ("installation_settles", "UPDATE")]}
"""A record without an envelope names no province; the installation's operator sees and settles it."""

HOLES = {"grading": {"source": [("lookup", "SELECT")]}}
"""A webhook names its vendor, and only the vendor's registration says which province it is for."""

_TABLES = sa.text("""
    SELECT c.oid::bigint AS oid, c.relname AS name, c.relrowsecurity AS walled, c.relispartition AS part,
           pg_get_userbyid(c.relowner) AS owner,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'province_id') AS has_province
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
    ORDER BY 2
""")
_POLICIES = sa.text("""
    SELECT policyname, roles::text[], cmd, permissive, qual, with_check FROM pg_policies WHERE tablename = :table
    ORDER BY policyname
""")


@pytest.fixture
async def owner(databases: Databases, service: str) -> AsyncIterator[AsyncConnection]:
    """A connection of the owner role."""
    engine = make_engine(databases.urls(service)["owner"], pool_size=1)
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


def test_migrations_go_up_agree_with_the_tables_in_the_code_go_down_and_up_again(
    databases: Databases, service: str
) -> None:
    url = databases.empty(service, "migrations")["owner"]
    settings = migration.config(service, url)

    def there_and_back() -> None:
        migration.upgrade(service, url)
        command.check(settings)
        command.downgrade(settings, "-1")
        migration.upgrade(service, url)
        command.check(settings)
        command.downgrade(settings, "base")

    apart(there_and_back)


async def test_migrations_leave_nothing_behind_when_they_are_taken_back(databases: Databases, service: str) -> None:
    url = databases.empty(service, "migrations")["owner"]
    engine = make_engine(url, pool_size=1)
    async with engine.connect() as connection:
        assert [row.name for row in await connection.execute(_TABLES)] == []
    await engine.dispose()


async def test_the_outbox_sequence_has_cache_1(owner: AsyncConnection, service: str) -> None:
    cache = await owner.scalar(
        sa.text("SELECT seqcache FROM pg_sequence WHERE seqrelid = pg_get_serial_sequence('outbox', 'id')::regclass")
    )
    assert cache == 1


async def test_every_table_names_its_province_and_stands_behind_the_wall(owner: AsyncConnection, service: str) -> None:
    tables = (await owner.execute(_TABLES)).all()
    assert {"aggregate", "outbox", "version_seen", "parked_event", "audit", "audit_seal"} <= {
        table.name for table in tables
    }
    inside = [table for table in tables if table.name not in SHARED_WITHOUT_PROVINCE]
    assert [table.name for table in inside if not table.has_province] == [], "without province_id"
    assert [table.name for table in inside if not table.walled and not table.part] == [], "without row-level security"
    assert {table.owner for table in tables} == {f"{service}_owner"}


async def test_every_wall_is_the_same_wall(owner: AsyncConnection, service: str) -> None:
    """So what is proved of one table holds for all."""
    tables = [t.name for t in await owner.execute(_TABLES) if not t.part and t.name not in SHARED_WITHOUT_PROVINCE]
    walls: dict[str, list[tuple[Any, ...]]] = {
        table: [tuple(row) for row in await owner.execute(_POLICIES, {"table": table})] for table in tables
    }
    model = walls["aggregate"]
    assert [row[0] for row in model] == ["every_province", "province"]
    assert model[1][1] == [f"{service}_api"]
    for table, holes in {**HOLES_OF_ALL, **HOLES.get(service, {})}.items():
        found = [row for row in walls[table] if row not in model]
        assert [(name, command) for name, _, command, *_ in found] == holes
        walls[table] = [row for row in walls[table] if row in model]
    assert {table: wall for table, wall in walls.items() if wall != model} == {}


async def test_the_api_role_cannot_walk_round_the_wall_through_a_partition(
    owner: AsyncConnection, service: str
) -> None:
    """A partition has policies of its own, or none; its parent's do not hold for who asks it by its own name."""
    parts = [table for table in await owner.execute(_TABLES) if table.part and not table.walled]
    open_to_the_api = [
        table.name
        for table in parts
        if await owner.scalar(
            sa.text("SELECT has_table_privilege(:role, CAST(CAST(:oid AS bigint) AS oid), 'SELECT')"),
            {"role": f"{service}_api", "oid": table.oid},
        )
    ]
    assert open_to_the_api == []


async def test_the_api_and_worker_roles_are_no_superusers_and_pass_no_wall(
    owner: AsyncConnection, service: str
) -> None:
    rows = await owner.execute(
        sa.text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE :names"),
        {"names": f"{service}\\_%"},
    )
    assert sorted(tuple(row) for row in rows) == [
        (f"{service}_{role}", False, False) for role in ("api", "owner", "worker")
    ]


async def _seen(connection: AsyncConnection) -> set[UUID]:
    return set(await connection.scalars(sa.text("SELECT province_id FROM aggregate")))


async def test_the_api_role_sees_and_writes_the_rows_of_the_province_it_names_and_no_other(
    databases: Databases, service: str
) -> None:
    await databases.clean(service)
    urls = databases.urls(service)
    worker, api = make_engine(urls["worker"], pool_size=1), make_engine(urls["api"], pool_size=1)
    insert = sa.text(
        "INSERT INTO aggregate (province_id, aggregate_type, aggregate_id, shard) VALUES (:province, 'unit', :id, 0)"
    )
    async with worker.begin() as connection:
        for province in (PROVINCE, OTHER_PROVINCE):
            await connection.execute(insert, {"province": province, "id": number(1)})
        assert await _seen(connection) == {PROVINCE, OTHER_PROVINCE}
    try:
        async with api.begin() as connection:
            assert await _seen(connection) == set(), "before any province was ever named"
        async with transaction(api, PROVINCE) as connection:
            assert await _seen(connection) == {PROVINCE}
            changed = await connection.execute(sa.text("UPDATE aggregate SET shard = 1"))
            assert changed.rowcount == 1
        async with api.begin() as connection:  # the same pooled connection: the setting now reads as ''
            assert await connection.scalar(sa.text("SELECT current_setting('app.province', true)")) == ""
            assert await _seen(connection) == set()
        async with api.begin() as connection:
            await connection.execute(sa.text("SELECT set_config('app.province', '', true)"))
            assert await _seen(connection) == set()
        for statement in (insert, sa.text("UPDATE aggregate SET province_id = :province WHERE aggregate_id <> :id")):
            with pytest.raises(DBAPIError, match="row-level security"):
                async with transaction(api, PROVINCE) as connection:
                    await connection.execute(statement, {"province": OTHER_PROVINCE, "id": number(9)})
        async with worker.connect() as connection:
            rows = (await connection.execute(sa.text("SELECT province_id, shard FROM aggregate"))).all()
            assert {row.province_id: row.shard for row in rows} == {PROVINCE: 1, OTHER_PROVINCE: 0}
    finally:
        await worker.dispose()
        await api.dispose()


async def test_the_api_role_reads_no_payload_of_what_is_parked_and_changes_nothing_but_its_state(
    databases: Databases, service: str
) -> None:
    engine = make_engine(databases.urls(service)["api"], pool_size=1)
    for statement in (
        "SELECT data FROM parked_event",
        "SELECT headers FROM parked_event",
        "SELECT key FROM parked_event",
        "SELECT * FROM parked_event",
        "UPDATE parked_event SET reason = 'x'",
        "UPDATE parked_event SET province_id = null",
        "DELETE FROM parked_event",
        "INSERT INTO parked_event (id) VALUES (gen_random_uuid())",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with transaction(engine, PROVINCE) as connection:
                await connection.execute(sa.text(statement))
    await engine.dispose()


async def test_the_audit_is_never_changed_by_api_or_worker(databases: Databases, service: str) -> None:
    for role in ("api", "worker"):
        engine = make_engine(databases.urls(service)[role], pool_size=1)
        for statement in (
            "UPDATE audit SET account = 'x'",
            "DELETE FROM audit",
            "TRUNCATE audit",
            "UPDATE audit_seal SET seq = 0",
            "DELETE FROM audit_seal",
            "TRUNCATE audit_seal",
        ):
            with pytest.raises(DBAPIError, match="permission denied"):
                async with engine.begin() as connection:
                    await connection.execute(sa.text(statement))
        await engine.dispose()


async def test_the_api_role_neither_reads_nor_makes_seals(databases: Databases, service: str) -> None:
    engine = make_engine(databases.urls(service)["api"], pool_size=1)
    for statement in (
        "SELECT seq FROM audit_seal",
        "INSERT INTO audit_seal VALUES (1, gen_random_uuid(), gen_random_uuid(), '')",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with transaction(engine, PROVINCE) as connection:
                await connection.execute(sa.text(statement))
    await engine.dispose()
