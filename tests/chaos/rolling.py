"""F-12: everything is ended by SIGTERM and started anew, wave after wave, and nobody who calls notices."""

from __future__ import annotations

import asyncio
import os
import signal
from time import monotonic

import aiohttp

from deploy.local.stack import Stack
from tests.chaos.front import Fronts
from tests.chaos.healing import BACK_WITHIN_S, NotHealedError, back, pid
from tests.chaos.schedule import Planned

DRAIN_S = 1.0
"""Between leaving the rotation and SIGTERM, as the chart's preStop waits (there ten seconds)."""
STOP_WITHIN_S = 60.0
WAVES = (("roster", "certificates"), ("grading", "reporting", "gateway"))


class Rolling:
    """One process of each kind at a time: those of a group are never all away. Every call is answered, none by a 5xx,
    which I8 finds in the history."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """As long as it takes. Raises NotHealedError also where a process needs more than 60 s to end."""
        await roll(stack)


async def roll(stack: Stack) -> None:
    """Every process of the stack anew, wave after wave. Raises NotHealedError."""
    for number in sorted({name.rsplit("-", 1)[1] for name in stack.members}):
        for kinds in WAVES:
            wave = [name for name in stack.members if name.startswith(kinds) and name.endswith(f"-{number}")]
            await asyncio.gather(*(_renewed(stack, name) for name in wave))


async def _renewed(stack: Stack, name: str) -> None:
    fronts = stack.doors
    if not isinstance(fronts, Fronts):
        raise NotHealedError("the stack has no fronts")
    served = fronts.knows(name)
    if served:
        fronts.leave(name)
        await asyncio.sleep(DRAIN_S)
    try:
        before = await pid(stack, name)
        os.kill(before, signal.SIGTERM)
        began = monotonic()
        while stack.supervisor.pids().get(name) == before:
            if monotonic() - began > STOP_WITHIN_S:
                raise NotHealedError(f"{name} did not end within {STOP_WITHIN_S:.0f} s of SIGTERM")
            await asyncio.sleep(0.05)
        await back(stack, name, before)
        await _ready(stack, name)
    finally:
        if served:
            fronts.rejoin(name)
    if served:
        await _in_rotation(fronts, name)


async def _ready(stack: Stack, name: str) -> None:
    until = monotonic() + BACK_WITHIN_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        while monotonic() < until:
            try:
                async with session.get(f"{stack.members[name]}/readyz") as answer:
                    if answer.status == 200:
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.1)
    raise NotHealedError(f"{name} was not ready {BACK_WITHIN_S:.0f} s after its new start")


async def _in_rotation(fronts: Fronts, name: str) -> None:
    until = monotonic() + BACK_WITHIN_S
    while not fronts.in_rotation(name):
        if monotonic() > until:
            raise NotHealedError(f"{name} did not come back into rotation in {BACK_WITHIN_S:.0f} s")
        await asyncio.sleep(0.05)
