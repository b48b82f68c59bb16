"""Moments worth striking at: the databases are asked in short turns, and what does not come is not waited for long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic

import asyncpg

from deploy.local.provision import database_of
from deploy.local.stack import Stack
from tests.chaos.healing import NotHealedError, back, kill
from tests.chaos.schedule import Planned

AIM_WITHIN_S = 3.0
PAPERLESS_WITHIN_S = 6.0
CONNECT_S = 10.0
_TURN_S = 0.003
_NO_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

_WRITES = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
                   WHERE datname = $1 AND application_name = $2 AND backend_xid IS NOT NULL)
"""
UNPUBLISHED = "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"
_PAPERLESS = "SELECT EXISTS (SELECT FROM certificate WHERE paper IS NULL)"

Aim = Callable[[Stack, Planned], Awaitable[bool]]
"""Waits for the moment, within its bound; whether it came."""


@dataclass(frozen=True)
class Struck:
    """What a fault has to tell of itself."""

    aimed: Mapping[str, int] | None = None
    """How many of its blows met their moment, by fault."""
    poison: frozenset[str] = frozenset()
    """Ids of the aggregates it wrote badly."""
    poisoned: int = 0
    """How many events the operator had to discard."""


async def _comes(dsn: str, question: str, *values: object, within_s: float) -> bool:
    """Asked over one connection; a database that does not answer has no such moment."""
    until = monotonic() + within_s
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_S)
        try:
            while monotonic() < until:
                if await connection.fetchval(question, *values):
                    return True
                await asyncio.sleep(_TURN_S)
        finally:
            await connection.close(timeout=2)
    except _NO_DATABASE:
        return False
    return False


async def writing(stack: Stack, planned: Planned) -> bool:
    """A process of the victim's service and role is in a transaction that has written and not committed."""
    service, role = planned.victim.split("-")[:2]
    values = (database_of(service), f"{service}-{role}")
    return await _comes(stack.postgres.superuser_dsn, _WRITES, *values, within_s=AIM_WITHIN_S)


async def in_flight(stack: Stack, planned: Planned) -> bool:
    """Events of the victim's service wait to be published or to be marked so."""
    service = planned.victim.split("-")[0]
    return await _comes(stack.addresses[service].owner, UNPUBLISHED, within_s=AIM_WITHIN_S)


class Kill:
    """kill -9, at the moment it aims at if that comes; the supervisor starts it again (F-01, F-02, F-08, F-13)."""

    def __init__(self, *, answers_gone: bool, aim: Aim | None = None) -> None:
        self.answers_gone = answers_gone
        self._aim = aim

    async def strike(self, stack: Stack, planned: Planned) -> Struck:
        """Waits until another process of that name runs."""
        aimed = self._aim is not None and await self._aim(stack, planned)
        before = await kill(stack, planned.victim)
        await back(stack, planned.victim, before)
        return Struck(aimed={planned.fault: int(aimed)})


class IssuersKilled:
    """Both issuing processes, one after the other, while a certificate has its number and no paper yet (F-23)."""

    answers_gone = False

    def __init__(self, issuers: tuple[str, ...]) -> None:
        self._issuers = issuers

    async def strike(self, stack: Stack, planned: Planned) -> Struck:
        """The victim first. Raises NotHealedError where a paper is still missing long after both are back."""
        met = 0
        register = stack.addresses["certificates"].owner
        for issuer in sorted(self._issuers, key=lambda one: one != planned.victim):
            met += await _comes(register, _PAPERLESS, within_s=PAPERLESS_WITHIN_S)
            before = await kill(stack, issuer)
            await back(stack, issuer, before)
        if len(self._issuers) < 2:
            raise NotHealedError("two issuing processes are wanted")
        return Struck(aimed={planned.fault: met})
