"""What the `work` process does by itself: jobs, each repeated until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import idempotency, outbox, telemetry
from shared.clock import utc_now
from shared.database import fault_name, is_transient

log = structlog.get_logger()

KEEP_PUBLISHED = timedelta(days=7)
HOUSEKEEPING_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something the `work` process does by itself: `run` does one batch and says how many rows it handled;
    `backlog` counts what waits. After a run of less than a `full` batch it rests `idle_s`, so that the next one has
    more to do."""

    name: str
    run: Callable[[], Awaitable[int]]
    backlog: sa.TextClause | None = None
    idle_s: float = 1.0
    full: int = 1


async def repeat(job: Job, stop: asyncio.Event) -> None:
    """Runs the job until told to stop; a fault is counted, logged, and waited out (at most 30 s)."""
    rest = job.idle_s
    while not stop.is_set():
        try:
            if await job.run() >= job.full:
                rest = job.idle_s
                continue
            pause = rest = job.idle_s
        except Exception as fault:
            telemetry.JOB_FAULTS.labels(job.name).inc()
            log.warning("job_failed", job=job.name, fault=fault_name(fault), exc_info=not is_transient(fault))
            pause = rest = min(30.0, max(0.5, 2 * rest))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


def housekeeping(engine: AsyncEngine) -> Job:
    """Deletes events published, and answers kept, long enough ago; every worker does it."""

    async def purge() -> int:
        async with engine.begin() as connection:
            await connection.execute(outbox.PURGE, {"before": utc_now() - KEEP_PUBLISHED})
            await connection.execute(idempotency.PURGE, {"before": utc_now() - idempotency.KEEP})
        return 0

    return Job(name="housekeeping", run=purge, idle_s=HOUSEKEEPING_S)
