"""Waiting for what was struck to come back, within a bound."""

from __future__ import annotations

import asyncio
import os
import signal
from time import monotonic

import aiohttp

from deploy.local.stack import Stack

BACK_WITHIN_S = 60.0


class NotHealedError(AssertionError):
    """What was struck did not come back, or did not do what it must in the meantime."""


async def pid(stack: Stack, name: str) -> int:
    """Of a running process; it may just be starting again."""
    until = monotonic() + BACK_WITHIN_S
    while (running := stack.supervisor.pids().get(name)) is None:
        if monotonic() > until or stack.supervisor.stopping.is_set():
            raise NotHealedError(f"{name} does not run")
        await asyncio.sleep(0.05)
    return running


async def kill(stack: Stack, name: str) -> int:
    """kill -9; answers which process it was."""
    process = await pid(stack, name)
    os.kill(process, signal.SIGKILL)
    return process


async def back(stack: Stack, name: str, before: int | None) -> None:
    """Until a process of that name other than `before` runs."""
    until = monotonic() + BACK_WITHIN_S
    while stack.supervisor.pids().get(name) in (None, before):
        if monotonic() > until or stack.supervisor.stopping.is_set():
            raise NotHealedError(f"{name} did not come back in {BACK_WITHIN_S:.0f} s")
        await asyncio.sleep(0.05)


async def answering(stack: Stack) -> None:
    """Until every service's API is ready again."""
    until = monotonic() + BACK_WITHIN_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        waiting = {url for name, url in stack.members.items() if "-api-" in name or name.startswith("gateway")}
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
