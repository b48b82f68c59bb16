"""Whether the platform has nothing left to do: outboxes empty, consumers caught up, marks assessed, papers drawn.

Asked of the databases themselves: every aggregate's version at its producer against the version each consumer has
seen. That stays true when a broker was lost, where offsets say nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import monotonic

from deploy.local.provision import Addresses
from shared.database import DATABASE_FAULTS, connected

HEARS: Mapping[str, tuple[str, ...]] = {
    "roster": ("result",),
    "grading": ("enrolment", "certificate"),
    "certificates": ("result",),
    "reporting": ("unit", "person", "enrolment", "result", "certificate"),
}
SAYS: Mapping[str, tuple[str, ...]] = {
    "roster": ("unit", "person", "enrolment"),
    "grading": ("result",),
    "certificates": ("certificate",),
    "reporting": ("submission",),
}
JOBS: Mapping[str, tuple[str, ...]] = {
    "grading": ("SELECT count(*) FROM pending",),
    "certificates": (
        "SELECT count(*) FROM candidate WHERE state = 'waiting'",
        "SELECT count(*) FROM certificate WHERE paper IS NULL",
    ),
}
_UNPUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
_PARKED = "SELECT count(*) FROM parked_event WHERE state IN ('parked', 'asked')"
_SAID = "SELECT count(*), coalesce(sum(version::numeric), 0) FROM aggregate WHERE aggregate_type = $1 AND version > 0"
_SEEN = "SELECT count(*), coalesce(sum(version::numeric), 0) FROM version_seen WHERE aggregate_type = $1"

PATIENCE_S = 60.0
"""How long one question may take; a server that hangs is one that does not answer."""


@dataclass(frozen=True)
class Backlog:
    """What is left to do, by name; nothing left is quiet. Parked events are no backlog: they wait for a person."""

    left: Mapping[str, int]
    parked: int

    @property
    def quiet(self) -> bool:
        """Whether nothing is left."""
        return not self.left


async def backlog(addresses: Mapping[str, Addresses]) -> Backlog:
    """Looks once. Raises one of DATABASE_FAULTS (TimeoutError is an OSError) where a database does not answer."""
    async with AsyncExitStack() as stack:
        connections = {
            service: await stack.enter_async_context(connected(one.worker, command_timeout=PATIENCE_S))
            for service, one in addresses.items()
        }
        left: dict[str, int] = {}
        said: dict[str, tuple[object, ...]] = {}
        parked = 0
        for service, connection in connections.items():
            left[f"{service}: unpublished"] = await connection.fetchval(_UNPUBLISHED)
            parked += await connection.fetchval(_PARKED)
            for job in JOBS.get(service, ()):
                left[f"{service}: {job.split(' FROM ')[1].split()[0]}"] = await connection.fetchval(job)
            for aggregate in SAYS[service]:
                said[aggregate] = tuple(await connection.fetchrow(_SAID, aggregate))
        for service, connection in connections.items():
            for aggregate in HEARS[service]:
                seen = tuple(await connection.fetchrow(_SEEN, aggregate))
                left[f"{service}: {aggregate} not caught up"] = 0 if seen == said[aggregate] else 1
        return Backlog({name: count for name, count in left.items() if count}, parked)


async def until_quiet(
    addresses: Mapping[str, Addresses], *, only: tuple[str, ...] = (), patience_s: float = 300.0
) -> Backlog:
    """Waits until two looks in a row find nothing left (of the names that begin with one of `only`, if given).

    Raises TimeoutError naming what is left.
    """
    until = monotonic() + patience_s
    before = False
    while True:
        try:
            found = await backlog(addresses)
        except DATABASE_FAULTS:
            found = Backlog({"a database does not answer": 1}, 0)
        left = {name: n for name, n in found.left.items() if not only or name.startswith((*only, "a database"))}
        if not left and before:
            return found
        before = not left
        if monotonic() > until:
            raise TimeoutError(f"still to do after {patience_s:.0f} s: {left}")
        await asyncio.sleep(0.1 if before else 0.3)
