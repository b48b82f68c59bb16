"""Runs the product's loops inside a test, and waits for what they bring about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

_ENDS_WITHIN_S = 25.0


class Loop(Protocol):
    """A relay or a consumer."""

    async def run(self, stop: asyncio.Event) -> None: ...


@asynccontextmanager
async def running(*loops: Loop) -> AsyncIterator[None]:
    """They run inside the block; at its end they are told to stop and must, and what they failed with is raised."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(loop.run(stop)) for loop in loops]
        try:
            yield
        finally:
            stop.set()
            _, late = await asyncio.wait(started, timeout=_ENDS_WITHIN_S)
            for task in late:
                task.cancel()
            if late:
                raise TimeoutError("a loop did not end after it was told to stop")


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 30.0) -> None:
    """Waits until it is so. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110  # what it waits for is another process's doing
            await asyncio.sleep(0.05)
