"""The faults of the chaos list that this harness inflicts: each strikes, holds, and is healed.

A kill waits a little for a moment worth striking at (aims.py); what comes between an acknowledgement and its mark is
met by number, not by aim.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Protocol

from deploy.local.kafka import ApacheKafka
from deploy.local.stack import Stack
from shared.clock import utc_now
from tests.chaos.aims import IssuersKilled, Kill, Struck, in_flight, writing
from tests.chaos.clocks import Clocks
from tests.chaos.collisions import Collisions
from tests.chaos.freezes import Freeze, LoopBlocked
from tests.chaos.healing import NotHealedError, answering, back, kill, pid
from tests.chaos.history import Window
from tests.chaos.poison import Poison
from tests.chaos.refused import VICTIMS as REFUSED
from tests.chaos.refused import Refused
from tests.chaos.rolling import Rolling
from tests.chaos.schedule import Planned
from tests.chaos.sessions import ElsewhereOpen, RelayCut
from tests.chaos.storm import Storm

LAYOUT: Mapping[str, Sequence[str]] = {
    "roster": ("api", "api", "consume", "relay", "relay", "work"),
    "grading": ("api", "api", "consume", "consume", "relay", "relay", "work"),
    "certificates": ("api", "api", "consume", "relay", "work", "work"),
    "reporting": ("api", "api", "consume", "consume", "relay", "work"),
}
"""Processes of the stack under chaos; each service's APIs, and the gateways, stand behind a front."""
GATEWAYS = 2

RELAY_GIVES_UP_S = 20.0
RESTART_EVERY_S = 2.0
ABSENT = ["F-17", "F-21", "F-22", "F-24", "F-25", "F-26", "F-27", "F-28"]
"""Faults of the reliability list that this harness does not inflict; said in the closing line."""


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
    "F-04": processes("relay"),
    "F-05": ("broker",),
    "F-06": ("broker",),
    "F-07": ("broker",),
    "F-08": processes("consume"),
    "F-09": processes("consume"),
    "F-10": processes("consume"),
    "F-11": tuple(name for name in processes("consume") if name.startswith(("grading", "reporting"))),
    "F-12": ("everything",),
    "F-13": ("postgres",),
    "F-14": REFUSED,
    "F-15": ("roster", "grading"),
    "F-16": ("every database",),
    "F-18": ("everybody's clock",),
    "F-19": ("the vendor's stream",),
    "F-20": ("roster.events",),
    "F-23": tuple(name for name in processes("work") if name.startswith("certificates")),
}


FROZEN = frozenset({"F-09", "F-11"})
"""A consumer that stands still may do so in a transaction: who waits for its locks is refused after 5 s."""


class Fault(Protocol):
    """One kind of harm. Faults that take away what answers calls say so, for their 5xx are forgiven."""

    answers_gone: bool

    async def strike(self, stack: Stack, planned: Planned) -> Struck | None:
        """Does the harm, holds it, and ends it. Raises NotHealedError."""


class Restarts:
    """SIGTERM and a new start, over and over: each ends and begins a rebalance (F-10)."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """Every few seconds for as long as planned; the supervisor starts it again."""
        until = monotonic() + planned.for_s
        while monotonic() < until:
            process = await pid(stack, planned.victim)
            os.kill(process, signal.SIGTERM)
            await back(stack, planned.victim, process)
            await asyncio.sleep(RESTART_EVERY_S)


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
            before = await kill(stack, "broker")
            struck = monotonic()
            if self._loses_all and isinstance(stack.broker, ApacheKafka):
                stack.broker.wipe()
            ended: set[str] = set()
            while (gone_s := monotonic() - struck) < planned.for_s:
                now = supervisor.pids()
                if gone_s <= RELAY_GIVES_UP_S:
                    ended |= {name for name, was in relays.items() if was is None or now.get(name) != was}
                await asyncio.sleep(0.1)
        finally:
            supervisor.release("broker")
        await back(stack, "broker", before)
        if planned.for_s > RELAY_GIVES_UP_S and (stayed := sorted(set(relays) - ended)):
            raise NotHealedError(
                f"{', '.join(stayed)} did not end within {RELAY_GIVES_UP_S:.0f} s of the broker's going"
            )


FAULTS: Mapping[str, Fault] = {
    "F-01": Kill(answers_gone=True, aim=writing),
    "F-02": Kill(answers_gone=False, aim=in_flight),
    "F-03": Freeze(),
    "F-04": RelayCut(),
    "F-05": BrokerGone(loses_all=False),
    "F-06": Freeze(),
    "F-07": BrokerGone(loses_all=True),
    "F-08": Kill(answers_gone=False, aim=writing),
    "F-09": Freeze(),
    "F-10": Restarts(),
    "F-11": LoopBlocked(),
    "F-12": Rolling(),
    "F-13": Kill(answers_gone=True),
    "F-14": Refused(),
    "F-15": ElsewhereOpen(),
    "F-16": Collisions(),
    "F-18": Clocks(),
    "F-19": Storm(),
    "F-20": Poison(),
    "F-23": IssuersKilled(tuple(VICTIMS["F-23"])),
}


async def strike(stack: Stack, planned: Planned) -> tuple[Window | None, str | None, Struck]:
    """One fault from beginning to end: when calls may have failed (F-12: when none may; where a consumer is frozen:
    writes), and what went wrong."""
    fault = FAULTS[planned.fault]
    since: datetime = utc_now()
    trouble: str | None = None
    told = Struck()
    try:
        told = await fault.strike(stack, planned) or told
        if fault.answers_gone:
            await answering(stack)
    except NotHealedError as found:
        trouble = f"{planned.fault} on {planned.victim}: {found}"
    except Exception as found:  # a fault that could not be inflicted: the run goes on to its end, and is red for it
        trouble = f"{planned.fault} on {planned.victim}: {type(found).__name__}: {found}"
    told_of = fault.answers_gone or isinstance(fault, Rolling) or planned.fault in FROZEN
    return (Window(planned.fault, since, utc_now()) if told_of else None), trouble, told
