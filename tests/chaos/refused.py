"""F-14: PostgreSQL refuses a service: no connection, a lock on its hot tables beyond the time-out, or a full disk."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import aiohttp
import asyncpg

from deploy.local.provision import database_of
from deploy.local.stack import Stack
from shared.clock import utc_now
from tests.chaos.aims import CONNECT_S
from tests.chaos.full_disk import can_mount, deliveries_answered, disk_full
from tests.chaos.healing import BACK_WITHIN_S, NotHealedError
from tests.chaos.person import Answer, Person
from tests.chaos.schedule import Planned

READS = {
    "roster": ("/api/v1/units?as_of=2020-12-01", "unit_period"),
    "grading": ("/api/v1/results?limit=1", "enrolment"),
    "certificates": ("/api/v1/certificates?limit=1", "certificate"),
    "reporting": ("/api/v1/reports/progress", "standing"),
}
"""By service, a question to it and a table that the answer is read from."""

VICTIMS = (*(f"{service} {what}" for service in READS for what in ("connections", "locks")), "grading disk")
_ASK_EVERY_S = 0.25
_END_ALL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1"


class Refused:
    """Calls are answered 503 with a time to come again, and whoever was refused outlasts it."""

    answers_gone = True

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """Raises NotHealedError where no call of ours was answered so, or a process ended.

        A relay may end by itself, of a fault of the broker's that came before, so it is left out of the latter.
        """
        service, what = planned.victim.split()
        before = _outlasting(stack, service)
        if what == "disk" and can_mount():
            since = utc_now()
            async with disk_full(stack, service):
                statuses = await deliveries_answered(stack, since, planned.for_s)
            if not statuses:
                print("NOT INFLICTED: a full disk, for the vendor sent nothing to fill it with", file=sys.stderr)
            elif not statuses[503]:
                raise NotHealedError(f"no delivery was answered 503: {dict(statuses)}")
        else:
            if what == "disk":
                print("NOT INFLICTED: a full disk, for a tmpfs may not be mounted here; locks instead", file=sys.stderr)
            holding = _no_connections if what == "connections" else _locked
            async with Person(stack, "province_officer") as officer, holding(stack, service):
                answers = await _asked(officer, READS[service][0], planned.for_s)
            if not any(one.status == 503 and one.refusal for one in answers):
                told = sorted({one.status for one in answers})
                raise NotHealedError(f"no call was answered 503 with Retry-After and a problem body: {told}")
        after = _outlasting(stack, service)
        if gone := sorted(name for name, process in before.items() if after.get(name) != process):
            raise NotHealedError(f"{', '.join(gone)} did not outlast it")


def _outlasting(stack: Stack, service: str) -> dict[str, int]:
    return {
        name: process
        for name, process in stack.supervisor.pids().items()
        if name.startswith(f"{service}-") and "-relay-" not in name
    }


async def _asked(officer: Person, path: str, for_s: float) -> list[Answer]:
    """One question after another until the time is over; a call without an answer counts as 0."""
    answers: list[Answer] = []
    until = monotonic() + for_s
    while (left := until - monotonic()) > 0:
        try:
            async with asyncio.timeout(left):
                answers.append(await officer.call("GET", path))
        except (aiohttp.ClientError, TimeoutError):
            answers.append(Answer(0, None, refusal=False))
        await asyncio.sleep(min(_ASK_EVERY_S, max(0.0, until - monotonic())))
    return answers


@asynccontextmanager
async def _no_connections(stack: Stack, service: str) -> AsyncIterator[None]:
    """53300 for everybody but the superuser; the sessions there are end."""
    database = database_of(service)
    server = await asyncpg.connect(stack.postgres.superuser_dsn, timeout=CONNECT_S)
    try:
        await server.execute(f'ALTER DATABASE "{database}" CONNECTION LIMIT 0')
        try:
            await server.fetchval(_END_ALL, database)
            yield
        finally:
            await server.execute(f'ALTER DATABASE "{database}" CONNECTION LIMIT -1')
    finally:
        await server.close()


@asynccontextmanager
async def _locked(stack: Stack, service: str) -> AsyncIterator[None]:
    """55P03 for whoever reads the table, or writes any aggregate, for longer than the API's lock time-out of 5 s."""
    owner = await asyncpg.connect(stack.addresses[service].owner, timeout=CONNECT_S)
    until = monotonic() + BACK_WITHIN_S
    try:
        while True:
            held = owner.transaction()
            await held.start()
            try:
                # It may meet a transaction that took them the other way round; then it gives way and comes again.
                await owner.execute(f"LOCK TABLE {READS[service][1]}, aggregate IN ACCESS EXCLUSIVE MODE")
                break
            except asyncpg.DeadlockDetectedError:
                await held.rollback()
                if monotonic() > until:
                    raise NotHealedError("its tables are never free") from None
        try:
            yield
        finally:
            await held.rollback()
    finally:
        await owner.close()
