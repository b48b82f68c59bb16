"""The processes that draw. Drawing takes the processor for itself: in the event loop it would cost the consumer its
place in the group."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from services.certificates.adapters.drawing.papers import draw
from services.certificates.adapters.drawing.printed import Printed


class Drawers:
    """A pool that outlives its processes: one killed for its memory breaks the whole pool, so a new one is begun."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool = self._begin()

    def _begin(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._processes, mp_context=multiprocessing.get_context("spawn"))

    async def draw(self, certificates: Sequence[Printed]) -> list[bytes]:
        """One PDF for each certificate, in their order. Raises UndrawableError, BrokenProcessPool."""
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, draw, certificates)
        except BrokenProcessPool:
            if pool is self._pool:
                self._pool = self._begin()
            raise

    def close(self) -> None:
        """Ends the processes."""
        self._pool.shutdown(cancel_futures=True)
