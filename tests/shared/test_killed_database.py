"""A server killed with -9 says its last word before the connection ends; asyncpg is out of step until it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import sqlalchemy as sa

from shared.database import DATABASE_FAULTS, connected, is_transient, make_engine
from tests.support.shared_tables import SharedTables

_LAST_WORD = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'out_of_step'"


@asynccontextmanager
async def between(dsn: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """The database's address through a hop that hands on every word of the server but never its end, and an event
    that is set when a server ended."""
    target = urlsplit(dsn)
    ended = asyncio.Event()
    open_ends: list[asyncio.StreamWriter] = []

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)

    async def hop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(target.hostname, target.port)
        open_ends.extend((writer, server_writer))
        asking = asyncio.create_task(pump(reader, server_writer))
        await pump(server_reader, writer)
        ended.set()
        asking.cancel()

    server = await asyncio.start_server(hop, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    host = f"{target.username}:{target.password}@127.0.0.1:{port}"
    try:
        yield urlunsplit(target._replace(netloc=host)), ended
    finally:
        for writer in open_ends:
            writer.close()
        server.close()


async def end_them(dsn: str, ended: asyncio.Event) -> None:
    """Every server that serves through the hop says its last word and ends."""
    async with connected(dsn) as other:
        await other.fetch(_LAST_WORD)
    await asyncio.wait_for(ended.wait(), 10)
    await asyncio.sleep(0)


async def test_a_connection_whose_server_was_killed_is_a_fault_that_passes_bare_and_wrapped(
    shared_tables: SharedTables,
) -> None:
    async with between(shared_tables.worker) as (hop, ended):
        engine = make_engine(hop, application="out_of_step")
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
            await end_them(shared_tables.worker, ended)
            with pytest.raises(sa.exc.DBAPIError) as wrapped:
                await connection.execute(sa.text("SELECT 1"))
        assert "cannot switch to state" in str(wrapped.value)
        assert is_transient(wrapped.value)
        cause = wrapped.value.orig.__cause__ if wrapped.value.orig else None
        assert isinstance(cause, asyncpg.InternalClientError)
        assert is_transient(cause)
        await engine.dispose()


async def test_a_bare_connection_whose_server_was_killed_ends_with_the_first_fault_and_at_once(
    shared_tables: SharedTables,
) -> None:
    async with between(shared_tables.worker) as (hop, ended):

        async def work() -> None:
            async with connected(hop) as connection:
                held.append(connection)
                await connection.execute("SET application_name = 'out_of_step'")
                await end_them(shared_tables.worker, ended)
                await connection.fetchval("SELECT 1")

        held: list[asyncpg.Connection] = []
        with pytest.raises(DATABASE_FAULTS) as fault:
            await work()
        assert isinstance(fault.value, asyncpg.InternalClientError)
        assert is_transient(fault.value)
        assert held[0].is_closed()


async def test_faults_of_ours_do_not_pass_though_the_driver_calls_them_its_own(shared_tables: SharedTables) -> None:
    engine = make_engine(shared_tables.worker)
    for statement, value in (("SELECT CAST(:it AS bigint)", 2**70), ("SELECT CAST(:it AS text)", "\ud800")):
        async with engine.connect() as connection:
            with pytest.raises(sa.exc.DBAPIError) as wrapped:
                await connection.execute(sa.text(statement), {"it": value})
        assert not is_transient(wrapped.value)
    assert not is_transient(asyncpg.InternalClientError("no decoder for OID 1"))
    await engine.dispose()
