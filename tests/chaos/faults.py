"""The faults of the chaos list that this harness inflicts: each strikes, holds, and is healed.

When exactly a kill meets its victim (before a commit, after it, between an acknowledgement and its mark) is left to
chance under load; the list's finer places in time are met by number, not by aim.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Protocol

import aiohttp

from deploy.local.kafka import ApacheKafka
from deploy.local.stack import Stack
from shared.clock import utc_now
from tests.chaos.history import Window
from tests.chaos.schedule import Planned

LAYOUT: Mapping[str, Sequence[str]] = {
    "roster": ("api", "consume", "relay", "relay", "work"),
    "grading": ("api", "consume", "consume", "relay", "relay", "work"),
    "certificates": ("api", "consume", "relay", "work", "work"),
    "reporting": ("api", "consume", "consume", "relay", "work"),
}
"""Processes of the stack under chaos. One API a service: the gateway knows one address of each."""

RELAY_GIVES_UP_S = 20.0
BACK_WITHIN_S = 60.0
ABSENT = ["F-04", "F-10", "F-11", "F-12", "F-14", "F-15", "F-16", "F-18", "F-19", "F-20", "F-23"]
"""Faults of the brief that this harness does not inflict; said in the closing line."""


def processes(role: str) -> tuple[str, ...]:
    """Names of the processes of a role."""
    return tuple(
        f"{service}-{role}-{number}"
        for service, roles in LAYOUT.items()
        for number in range(1, list(roles).count(role) + 1)
    )


VICTIMS: Mapping[str, Sequence[str]] = {
    "F-01": processes("api"),
    "F-02": processes("relay"),
    "F-03": tuple(name for name in processes("relay") if name.startswith(("roster", "grading"))),
    "F-05": ("broker",),
    "F-06": ("broker",),
    "F-07": ("broker",),
    "F-08": processes("consume"),
    "F-09": processes("consume"),
    "F-13": ("postgres",),
}


class NotHealedError(AssertionError):
    """What was struck did not come back, or did not do what it must in the meantime."""


class Fault(Protocol):
    """One kind of harm. Faults that take away what answers calls say so, for their 5xx are forgiven."""

    answers_gone: bool

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """Does the harm, holds it, and ends it. Raises NotHealedError."""


class Kill:
    """kill -9; the supervisor starts it again (F-01, F-02, F-08, F-13)."""

    def __init__(self, *, answers_gone: bool) -> None:
        self.answers_gone = answers_gone

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """Waits until another process of that name runs."""
        before = await _kill(stack, planned.victim)
        await _back(stack, planned.victim, before)


class Freeze:
    """SIGSTOP, then SIGCONT: worse than dead, for its locks and its connections stay (F-03, F-06, F-09)."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """It goes on where it was, unless it was ended in the meantime."""
        pid = await _pid(stack, planned.victim)
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(planned.for_s)
        finally:
            if stack.supervisor.pids().get(planned.victim) == pid:
                os.kill(pid, signal.SIGCONT)
        await _back(stack, planned.victim, before=None)


class BrokerGone:
    """kill -9 of the broker, which stays away (F-05), or loses all it held as well (F-07).

    The embedded broker holds nothing but memory, so there the two are the same. Where it stays away long enough, every
    relay must have ended by itself 20 s after it went.
    """

    answers_gone = False

    def __init__(self, *, loses_all: bool) -> None:
        self._loses_all = loses_all

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """Holds the supervisor back, kills, waits, lets go."""
        supervisor = stack.supervisor
        relays = {name: supervisor.pids().get(name) for name in processes("relay")}
        supervisor.hold("broker")
        try:
            before = await _kill(stack, "broker")
            struck = monotonic()
            if self._loses_all and isinstance(stack.broker, ApacheKafka):
                stack.broker.wipe()
            ended: set[str] = set()
            while (gone_s := monotonic() - struck) < planned.for_s:
                now = supervisor.pids()
                if gone_s <= RELAY_GIVES_UP_S:
                    ended |= {name for name, pid in relays.items() if pid is None or now.get(name) != pid}
                await asyncio.sleep(0.1)
        finally:
            supervisor.release("broker")
        await _back(stack, "broker", before)
        if planned.for_s > RELAY_GIVES_UP_S and (stayed := sorted(set(relays) - ended)):
            raise NotHealedError(
                f"{', '.join(stayed)} did not end within {RELAY_GIVES_UP_S:.0f} s of the broker's going"
            )


FAULTS: Mapping[str, Fault] = {
    "F-01": Kill(answers_gone=True),
    "F-02": Kill(answers_gone=False),
    "F-03": Freeze(),
    "F-05": BrokerGone(loses_all=False),
    "F-06": Freeze(),
    "F-07": BrokerGone(loses_all=True),
    "F-08": Kill(answers_gone=False),
    "F-09": Freeze(),
    "F-13": Kill(answers_gone=True),
}


async def strike(stack: Stack, planned: Planned) -> tuple[Window | None, str | None]:
    """One fault from its beginning to its end: when calls may have failed, and what did not go as it must."""
    fault = FAULTS[planned.fault]
    since: datetime = utc_now()
    trouble: str | None = None
    try:
        await fault.strike(stack, planned)
        if fault.answers_gone:
            await _answering(stack)
    except NotHealedError as found:
        trouble = f"{planned.fault} on {planned.victim}: {found}"
    return (Window(planned.fault, since, utc_now()) if fault.answers_gone else None), trouble


async def _pid(stack: Stack, name: str) -> int:
    """Of a running process; it may just be starting again."""
    until = monotonic() + BACK_WITHIN_S
    while (pid := stack.supervisor.pids().get(name)) is None:
        if monotonic() > until or stack.supervisor.stopping.is_set():
            raise NotHealedError(f"{name} does not run")
        await asyncio.sleep(0.05)
    return pid


async def _kill(stack: Stack, name: str) -> int:
    pid = await _pid(stack, name)
    os.kill(pid, signal.SIGKILL)
    return pid


async def _back(stack: Stack, name: str, before: int | None) -> None:
    until = monotonic() + BACK_WITHIN_S
    while stack.supervisor.pids().get(name) in (None, before):
        if monotonic() > until or stack.supervisor.stopping.is_set():
            raise NotHealedError(f"{name} did not come back in {BACK_WITHIN_S:.0f} s")
        await asyncio.sleep(0.05)


async def _answering(stack: Stack) -> None:
    """Until every service's API is ready again."""
    until = monotonic() + BACK_WITHIN_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        waiting = set(stack.service_urls.values()) | {stack.gateway_url}
        while waiting:
            for url in sorted(waiting):
                try:
                    async with session.get(f"{url}/readyz") as answer:
                        if answer.status == 200:
                            waiting.discard(url)
                except (aiohttp.ClientError, TimeoutError):
                    continue
            if monotonic() > until:
                raise NotHealedError(f"not ready after {BACK_WITHIN_S:.0f} s: {', '.join(sorted(waiting))}")
            await asyncio.sleep(0.1)
