"""Row-level security: the api role sees one province's rows, and the public two ids and no row."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.clock import new_token
from tests.services.certificates.conftest import Certificates
from tests.services.certificates.said import passes
from tests.support.databases import Databases
from tests.support.states import OTHER_PROVINCE, PROVINCE

TABLES = ("certificate", "candidate", "issuer", "register", "audit", "outbox", "aggregate", "version_seen")


@pytest.fixture
async def issued(certificates: Certificates) -> Certificates:
    await certificates.put_issuers()
    await certificates.hear(passes([1, 2]))
    await certificates.issue()
    await certificates.draw()
    return certificates


@pytest.fixture
async def api(issued: Certificates, databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(databases.urls("certificates")["api"])
    yield connection
    await connection.close()


@pytest.mark.parametrize("province", [None, "", str(OTHER_PROVINCE)])
async def test_without_the_province_the_api_role_sees_no_row(
    issued: Certificates, api: asyncpg.Connection, province: str | None
) -> None:
    if province is not None:
        await api.execute("SELECT set_config('app.province', $1, false)", province)
    for table in TABLES:
        assert await api.fetchval(f"SELECT count(*) FROM {table}") == 0, table
        assert len(await issued.rows(f"SELECT 1 FROM {table}")) > 0, table


async def test_with_its_province_the_api_role_sees_its_rows(issued: Certificates, api: asyncpg.Connection) -> None:
    await api.execute("SELECT set_config('app.province', $1, false)", str(PROVINCE))
    assert await api.fetchval("SELECT count(*) FROM certificate") == 2


async def test_a_token_or_a_papers_hash_tells_where_it_lies_and_nothing_else(
    issued: Certificates, api: asyncpg.Connection
) -> None:
    [row, _] = await issued.rows("SELECT * FROM certificate ORDER BY number")
    place = {"province_id": PROVINCE, "id": row["id"]}
    paper = issued.papers()[row["paper"]]
    assert [dict(one) for one in await api.fetch("SELECT * FROM certificate_of_token($1)", row["token"])] == [place]
    digest = hashlib.sha256(paper).digest()
    assert [dict(one) for one in await api.fetch("SELECT * FROM certificate_of_paper($1)", digest)] == [place]
    for unknown in (new_token(), "", "%", row["token"][:-1], None):
        assert await api.fetch("SELECT * FROM certificate_of_token($1)", unknown) == []
    for strange in (b"", b"x", None):
        assert await api.fetch("SELECT * FROM certificate_of_paper($1)", strange) == []


async def test_only_the_api_role_may_ask(issued: Certificates, databases: Databases) -> None:
    connection = await asyncpg.connect(databases.urls("certificates")["worker"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM certificate_of_token('x')")
    finally:
        await connection.close()


async def test_the_api_role_cannot_write_into_another_province(issued: Certificates, api: asyncpg.Connection) -> None:
    await api.execute("SELECT set_config('app.province', $1, false)", str(OTHER_PROVINCE))
    assert await api.execute("UPDATE certificate SET state = 'valid'") == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await api.execute("INSERT INTO register VALUES ($1, 'X', 2021, 0)", PROVINCE)


async def test_the_audit_is_never_changed(issued: Certificates, api: asyncpg.Connection) -> None:
    for statement in ("UPDATE audit SET account = 'x'", "DELETE FROM audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await api.execute(statement)
