"""What a process says of itself: `/readyz`, the counts of `/metrics`, how far its consumer is behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from shared import migration, parking, telemetry
from shared.consumption import Consumer
from shared.jobs import Job


async def report_lag(consumer: Consumer, stop: asyncio.Event) -> None:
    """Tells how far the consumer is behind. Its lag is as of its last poll: whether that moves is told beside it."""
    while not stop.is_set():
        telemetry.LAG.set(consumer.lag)
        telemetry.PARTITIONS.set(consumer.partitions)
        if consumer.last_poll is not None:
            telemetry.POLLED.set(asyncio.get_running_loop().time() - consumer.last_poll)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.5)


def metrics_of(engine: AsyncEngine, jobs: Sequence[Job]) -> Callable[[], Awaitable[None]]:
    """What /metrics counts in the database when it is asked, over every province whatever the engine's role."""

    async def refresh() -> None:
        async with engine.connect() as connection:
            waiting = (await connection.execute(parking.WAITING)).one()
            telemetry.OUTBOX_ROWS.set(waiting.outbox_rows)
            telemetry.OUTBOX_AGE.set(waiting.outbox_oldest_age)
            telemetry.PARKED.set(waiting.parked)
            telemetry.JOB_BACKLOG.labels("release_parked").set(waiting.asked)
            for job in jobs:
                if job.backlog is not None:
                    telemetry.JOB_BACKLOG.labels(job.name).set((await connection.execute(job.backlog)).scalar_one())

    return refresh


def readiness_of(service: str, engine: AsyncEngine) -> Callable[[], Awaitable[dict[str, str]]]:
    """Ready when the database answers and stands at the newest migration in the code, or at one of a newer release:
    this one serves on while that one is put in its place. Kafka is no condition."""
    expected, known = migration.head(service), migration.known(service)

    async def ready() -> dict[str, str]:
        try:
            async with asyncio.timeout(3), engine.connect() as connection:
                found = await connection.run_sync(migration.revision_of)
        except Exception as fault:
            return {"database": type(fault).__name__}
        if found == expected or (found is not None and found not in known):
            return {}
        return {"schema": f"at {found}, the code wants {expected}"}

    return ready
