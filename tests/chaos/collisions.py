"""F-16: one transaction in twenty is told that it met another one, by a trigger made and dropped by the owner."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any

import asyncpg

from deploy.local.stack import Stack
from tests.chaos.aims import CONNECT_S, Struck
from tests.chaos.healing import BACK_WITHIN_S, NotHealedError
from tests.chaos.schedule import Planned

_TABLES = ("aggregate", "version_seen", "outbox", "audit")
"""What every writing transaction touches: a consumer's the versions, all others an aggregate, its events, the audit."""
_INTAKE = ("evidence",)
"""Grading's: what a delivery writes."""

# Drawn by the transaction's own number, so one in twenty is chosen however many statements it has. Half of the chosen
# are let as far as their events, so that more has to be undone. The count is kept in a sequence, which no rollback
# undoes, and the function runs as its owner, who alone may use it.
_FUNCTION = """
    CREATE SEQUENCE chaos_collided;
    CREATE FUNCTION chaos_collide() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    DECLARE drawn bigint := hashint8extended(pg_current_xact_id()::text::bigint, 0) & 4095;
    BEGIN
        IF drawn % 20 = 0 AND (TG_TABLE_NAME = 'outbox' OR drawn < 2048) THEN
            PERFORM nextval('chaos_collided');
            IF drawn & 8 = 0 THEN
                RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'chaos: could not serialize access';
            END IF;
            RAISE EXCEPTION USING ERRCODE = '40P01', MESSAGE = 'chaos: deadlock detected';
        END IF;
        RETURN NULL;
    END $$;
"""
_TRIGGER = """
    CREATE TRIGGER chaos_collide BEFORE INSERT OR UPDATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION chaos_collide();
"""
_DROP = """
    DROP FUNCTION IF EXISTS chaos_collide() CASCADE;
    DROP SEQUENCE IF EXISTS chaos_collided;
"""
_COLLIDED = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM chaos_collided"
_AGAIN_S = 0.2
_MEETS_WITHIN_S = 20.0


class Collisions:
    """Serialization failures and deadlocks in all four databases: nobody's call may fail of them (F-16)."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> Struck:
        """Raises NotHealedError where none met one, for then nothing was tried."""
        async with AsyncExitStack() as held:
            open_: dict[str, Any] = {}
            for service, one in stack.addresses.items():
                open_[service] = await asyncpg.connect(one.owner, timeout=CONNECT_S)
                held.push_async_callback(open_[service].close)
            try:
                for service, connection in open_.items():
                    tables = await _there(connection, _TABLES + _INTAKE * (service == "grading"))
                    await _patiently(connection, _FUNCTION + "".join(_TRIGGER.format(table) for table in tables))
                await asyncio.sleep(planned.for_s)
                until = monotonic() + _MEETS_WITHIN_S
                met = await _met(open_)
                while not met and monotonic() < until:
                    await asyncio.sleep(_AGAIN_S)
                    met = await _met(open_)
            finally:
                for connection in open_.values():
                    await _patiently(connection, _DROP)
        if not met:
            raise NotHealedError(f"no transaction met another one in {planned.for_s:.0f} s")
        return Struck(aimed={planned.fault: met})


async def _met(open_: Mapping[str, Any]) -> int:
    return sum([await connection.fetchval(_COLLIDED) for connection in open_.values()])


async def _there(connection: Any, tables: Sequence[str]) -> list[str]:
    return [one for one in tables if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", one)]


async def _patiently(connection: Any, statements: str) -> None:
    """In one transaction, which gives way to those at work and comes again: a lock that waits makes all wait."""
    until = monotonic() + BACK_WITHIN_S
    while True:
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '500ms'")
                await connection.execute(statements)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if monotonic() > until:
                raise NotHealedError("the tables are never free") from None
            await asyncio.sleep(_AGAIN_S)
