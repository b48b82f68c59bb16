"""Faults of the databases' sessions: cut, and held open elsewhere on the same server."""

from __future__ import annotations

import asyncio
from time import monotonic

import asyncpg

from deploy.local.provision import database_of
from deploy.local.stack import Stack
from shared.relay import ADVISORY_CLASS
from tests.chaos.aims import CONNECT_S, Struck, in_flight
from tests.chaos.healing import BACK_WITHIN_S, NotHealedError
from tests.chaos.schedule import Planned

_WRITES_WITHIN_S = 20.0
_LAST = "SELECT coalesce(max(id), 0) FROM outbox"
_SINCE = "SELECT count(*), count(published_at) FROM outbox WHERE id > $1"
_RELAYS = """
    SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = $1::bigint::oid AND d.datname = $2
"""
_END = "SELECT count(pg_terminate_backend(pid)) FROM unnest($1::int[]) AS pid"


class RelayCut:
    """The sessions that hold a service's relay locks are ended, when there is something to publish (F-04)."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> Struck:
        """Until another session holds such a lock."""
        service = planned.victim.split("-")[0]
        database = database_of(service)
        server = await asyncpg.connect(stack.postgres.superuser_dsn, timeout=CONNECT_S)
        try:
            aimed = await in_flight(stack, planned)
            cut = {row["pid"] for row in await server.fetch(_RELAYS, ADVISORY_CLASS, database)}
            await server.fetchval(_END, sorted(cut))
            until = monotonic() + BACK_WITHIN_S
            while not {row["pid"] for row in await server.fetch(_RELAYS, ADVISORY_CLASS, database)} - cut:
                if monotonic() > until:
                    raise NotHealedError(f"no relay of {service} took its locks in {BACK_WITHIN_S:.0f} s")
                await asyncio.sleep(0.1)
        finally:
            await server.close()
        return Struck(aimed={planned.fault: int(aimed)})


class ElsewhereOpen:
    """A write transaction stays open in another database of the server; publishing must go on (F-15)."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """Of the events written after it began, some must go out before it ends.

        Where none was written yet it stays open a while longer: a fault without work has shown nothing.
        """
        server = await asyncpg.connect(stack.postgres.superuser_dsn, timeout=CONNECT_S)
        inside = await asyncpg.connect(stack.addresses[planned.victim].owner, timeout=CONNECT_S)
        try:
            async with server.transaction():
                await server.execute("SELECT pg_current_xact_id()")
                last = await inside.fetchval(_LAST)
                await asyncio.sleep(planned.for_s)
                until = monotonic() + _WRITES_WITHIN_S
                written, published = await inside.fetchrow(_SINCE, last)
                while not published and monotonic() < until:
                    await asyncio.sleep(0.3)
                    written, published = await inside.fetchrow(_SINCE, last)
            if not published:
                raise NotHealedError(f"none of {written} events of {planned.victim} went out in {planned.for_s:.0f} s")
        finally:
            await inside.close()
            await server.close()
