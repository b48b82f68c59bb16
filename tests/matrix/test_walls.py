"""Row-level security, the second wall, over every table of the catalogue, as two whole courses filled them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database import make_engine, transaction
from shared.identity import Grant, Role
from shared.schema import SHARED_WITHOUT_PROVINCE
from tests.every_service.services import SERVICES
from tests.matrix.provinces import Province, bearer
from tests.support.databases import Databases

Both = tuple[Province, Province]
SEEN_BY_ALL = {("grading", "source"): "a webhook names its vendor, whose registration says which province it is for"}
"""Tables whose rows the api role sees before a province is named, and why."""
REQUESTS = 300

_TABLES = sa.text("""
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
      AND has_any_column_privilege(c.oid, 'SELECT') ORDER BY 1
""")


_OWNED = sa.text("""
    WITH me AS (SELECT oid, rolname FROM pg_roles WHERE rolname = :role)
    SELECT 'relation', CAST(relname AS text) FROM pg_class, me WHERE relowner = me.oid
    UNION ALL SELECT 'function', proname FROM pg_proc, me WHERE proowner = me.oid
    UNION ALL SELECT 'schema', nspname FROM pg_namespace, me WHERE nspowner = me.oid
    UNION ALL SELECT 'type', typname FROM pg_type, me WHERE typowner = me.oid
    UNION ALL SELECT 'database', datname FROM pg_database, me WHERE datdba = me.oid
    UNION ALL SELECT 'member of', CAST(roleid AS text) FROM pg_auth_members, me WHERE member = me.oid
    UNION ALL SELECT 'may create in', 'public' FROM me WHERE has_schema_privilege(me.oid, 'public', 'CREATE')
    UNION ALL SELECT 'may create in', current_database() FROM me
        WHERE has_database_privilege(me.oid, current_database(), 'CREATE')
    UNION ALL SELECT 'not there', '' WHERE NOT EXISTS (SELECT FROM me)
""")


@asynccontextmanager
async def api_of(databases: Databases, service: str, connections: int = 1) -> AsyncIterator[AsyncEngine]:
    """The api role's engine with so many connections."""
    engine = make_engine(databases.urls(service)["api"], pool_size=connections)
    try:
        yield engine
    finally:
        await engine.dispose()


async def tables(connection: AsyncConnection, service: str) -> list[str]:
    """What the role may read and is a province's."""
    names = list(await connection.scalars(_TABLES))
    return [name for name in names if name not in SHARED_WITHOUT_PROVINCE and (service, name) not in SEEN_BY_ALL]


async def rows(connection: AsyncConnection, names: list[str], where: str = "true", **values: object) -> dict[str, int]:
    """How many rows of each table are seen, in one statement."""
    counted = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\" WHERE {where}" for name in names)
    return {row[0]: row[1] for row in await connection.execute(sa.text(counted), values)}


@pytest.mark.parametrize("service", SERVICES)
async def test_an_empty_scope_sees_no_row_of_any_table_and_a_province_only_its_own(
    both: Both, databases: Databases, service: str
) -> None:
    ours, theirs = (one.world.province_id for one in both)
    async with api_of(databases, service) as api:
        async with transaction(api, ours) as connection:
            names = await tables(connection, service)
            own = await rows(connection, names)
            strange = await rows(connection, names, "province_id IS DISTINCT FROM :ours", ours=ours)
        assert {name: count for name, count in strange.items() if count} == {}
        full = {name for name, count in own.items() if count}
        assert {"aggregate", "audit", "parked_event", "outbox", "version_seen"} & full, "the proof would be empty"
        async with both[0].world.workers[service].connect() as connection:
            there = await connection.scalar(sa.text("SELECT count(DISTINCT province_id) FROM audit"))
            assert there == 2
        for scope in ("set_config('app.province', '', true)", "set_config('app.province', NULL, true)", "1"):
            async with api.begin() as connection:
                await connection.execute(sa.text(f"SELECT {scope}"))
                seen = await rows(connection, names)
            assert {name: count for name, count in seen.items() if count} == {}, scope
        async with transaction(api, theirs) as connection:
            other = await rows(connection, names)
        assert full <= {name for name, count in other.items() if count}, "the same course was played there"


@pytest.mark.parametrize("scope", ["long-an", "80", "'", "00000000-0000-0000-0000-00000000000g"])
async def test_a_scope_that_is_no_province_is_a_fault_and_no_open_door(
    both: Both, databases: Databases, scope: str
) -> None:
    async with api_of(databases, "roster") as api, api.begin() as connection:
        await connection.execute(sa.text("SELECT set_config('app.province', :scope, true)"), {"scope": scope})
        with pytest.raises(DBAPIError, match="invalid input syntax for type uuid"):
            await connection.execute(sa.text("SELECT count(*) FROM person"))


@pytest.mark.parametrize("service", SERVICES)
async def test_two_provinces_over_two_connections_never_see_each_other(
    both: Both, databases: Databases, service: str
) -> None:
    """Transactions interleave on each connection; some break off in the midst, which must leave nothing behind."""
    chance = random.Random(7)
    pids: set[int] = set()

    async with api_of(databases, service, connections=2) as api:
        async with transaction(api, both[0].world.province_id) as connection:
            names = [
                name for name, count in (await rows(connection, await tables(connection, service))).items() if count
            ]

        async def one(province: UUID, table: str, *, breaks: bool) -> set[UUID]:
            async with transaction(api, province) as connection:
                pids.add(int((await connection.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()))
                first = set(await connection.scalars(sa.text(f'SELECT province_id FROM "{table}"')))
                await connection.execute(sa.text("SELECT pg_sleep(:s)"), {"s": chance.random() / 200})
                if breaks:
                    await connection.execute(sa.text("SELECT 1 / 0"))
                return first | set(await connection.scalars(sa.text(f'SELECT province_id FROM "{table}"')))

        asked = [both[chance.randrange(2)].world.province_id for _ in range(REQUESTS)]
        found = await asyncio.gather(
            *(one(province, chance.choice(names), breaks=chance.random() < 0.1) for province in asked),
            return_exceptions=True,
        )
    seen = [(province, answer) for province, answer in zip(asked, found, strict=True) if isinstance(answer, set)]
    assert len(pids) == 2
    assert all(isinstance(answer, set | DBAPIError) for answer in found)
    assert 0.8 * REQUESTS < len(seen) < REQUESTS
    assert all(answer == {province} for province, answer in seen)


LISTS = [("roster", "people"), ("roster", "units"), ("grading", "results"), ("certificates", "certificates")]


async def test_requests_of_two_provinces_at_once_are_answered_each_from_its_own(both: Both) -> None:
    async def ask(which: int, service: str, path: str) -> bool:
        ours, theirs = both[which], both[1 - which]
        headers = bearer(ours.world, service, [Grant(role=Role.PROVINCE_OFFICER)])
        answer = await ours.world.clients[service].get(f"/api/v1/{path}?limit=500", headers=headers)
        assert answer.status_code == 200, answer.text
        own = [one for one in ours.learners if one.person in answer.text or one.unit in answer.text]
        strange = [one for one in theirs.learners if one.person in answer.text or one.unit in answer.text]
        return len(own) == len(ours.learners) and not strange

    asked = [(n % 2, *LISTS[n // 2 % len(LISTS)]) for n in range(120)]
    assert all(await asyncio.gather(*(ask(*one) for one in asked)))


@pytest.mark.parametrize("service", SERVICES)
async def test_the_application_roles_own_nothing_make_nothing_and_are_nobody_else(
    databases: Databases, service: str
) -> None:
    engine = make_engine(databases.urls(service)["owner"], pool_size=1)
    async with engine.connect() as connection:
        for role in (f"{service}_api", f"{service}_worker"):
            owned = await connection.execute(
                _OWNED,
                {"role": role},
            )
            assert [tuple(row) for row in owned] == [], role
    await engine.dispose()
