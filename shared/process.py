"""One service's processes: `api`, `consume`, `relay`, `work`, `migrate`, or `all` of the first four on a laptop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import TypeVar

import sqlalchemy as sa
import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import credentials, migration, outbox, parking, telemetry
from shared.bus import Bus, BusError, Topics, WeakTopicsError
from shared.clock import new_id, utc_now
from shared.consumption import Applier, Consumer, Handler
from shared.database import fault_name, is_transient, make_engine
from shared.relay import Relay
from shared.release import Releases
from shared.settings import Environment, MissingSettingError, ServiceSettings, load

log = structlog.get_logger()

ROLES = ("api", "consume", "relay", "work", "migrate", "all")
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


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a service's main.py puts together from its settings, for every process and for the tests alike."""

    name: str
    app: FastAPI
    worker_engine: AsyncEngine | None
    handlers: Mapping[str, Handler]
    jobs: Sequence[Job] = ()


@dataclass(frozen=True, kw_only=True)
class Engines:
    """The engines a process of some role has: requests by the api role, everything else by the worker role."""

    api: AsyncEngine | None
    worker: AsyncEngine | None

    @classmethod
    def of(cls, name: str, settings: ServiceSettings, role: str) -> Engines:
        """Raises MissingSettingError naming the address this role cannot do without."""
        api = make_engine(settings.need("database_url"), application=f"{name}-api") if role in ("api", "all") else None
        worker = (
            make_engine(settings.need("worker_database_url"), application=f"{name}-{role}") if role != "api" else None
        )
        return cls(api=api, worker=worker)

    @property
    def counting(self) -> AsyncEngine:
        """For counts of what waits: the worker role's where there is one, since the api role sees no row of any
        table without a province."""
        return self.worker or self.any

    @property
    def any(self) -> AsyncEngine:
        """Whichever there is, for health."""
        engine = self.api or self.worker
        if engine is None:
            raise LookupError("a process without a database")
        return engine

    async def close(self) -> None:
        """Gives every connection back."""
        for engine in (self.api, self.worker):
            if engine is not None:
                await engine.dispose()


S = TypeVar("S", bound=ServiceSettings)


def main(
    name: str,
    settings_kind: type[S],
    build: Callable[[S, str], contextlib.AbstractAsyncContextManager[Parts]],
) -> None:
    """`python -m services.<name> <role>`: exit 0 after a clean stop, 1 after a fault, 2 where a setting is missing
    or the cluster's topics may not be used in production."""
    role = sys.argv[1] if len(sys.argv) == 2 else ""
    if role not in ROLES:
        sys.stderr.write(f"usage: python -m services.{name} {'|'.join(ROLES)}\n")
        raise SystemExit(2)
    telemetry.configure_logs(f"{name}-{role}")
    settings = load(settings_kind)
    try:
        if role == "migrate":
            migration.upgrade(name, settings.need("owner_database_url"))
            return
        import uvloop

        uvloop.run(_serve(name, settings, role, build))
    except MissingSettingError as fault:
        sys.stderr.write(f"setting {fault.name}: is missing\n")
        raise SystemExit(2) from None
    except ExceptionGroup as faults:
        if weak := faults.subgroup(WeakTopicsError):
            sys.stderr.writelines(f"{one}\n" for one in weak.exceptions)
            raise SystemExit(2) from None
        if faults.split(BusError)[1] is not None:
            raise
        log.warning("ended", fault="the broker is gone")
        raise SystemExit(1) from None


async def _serve(
    name: str,
    settings: S,
    role: str,
    build: Callable[[S, str], contextlib.AbstractAsyncContextManager[Parts]],
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with build(settings, role) as parts:
        await run(parts, settings, role, stop)


async def run(parts: Parts, settings: ServiceSettings, role: str, stop: asyncio.Event) -> None:
    """Runs the role's tasks until `stop`; a task that ends with a fault ends the process, which is started again.

    On stop readiness goes first, then requests in flight end, then the consumer finishes its batch and the relay
    gives up its locks.
    """
    does = {"api", "consume", "relay", "work"} if role == "all" else {role}
    bus = Bus(
        settings.kafka_bootstrap,
        client_id=f"bdtx-{parts.name}",
        topics=Topics(settings.kafka_partitions, settings.kafka_replication),
        idempotent=settings.kafka_idempotence,
        session_timeout_ms=settings.kafka_session_timeout_ms,
        credentials=credentials.of(settings),
        durable=settings.environment is Environment.PRODUCTION,
    )
    async with asyncio.TaskGroup() as tasks:
        if "consume" in does and parts.handlers and parts.worker_engine is not None:
            applier = Applier(parts.worker_engine, parts.handlers, utc_now, new_id)
            consumer = Consumer(bus, parts.name, applier, list(parts.handlers))
            tasks.create_task(consumer.run(stop))
            tasks.create_task(report_lag(consumer, stop))
        if "relay" in does:
            gives_up = role == "relay"  # a process of its own is started again; `all` goes on by itself
            relay = Relay(settings.need("worker_database_url"), bus, parts.name, gives_up=gives_up)
            tasks.create_task(relay.run(stop))
        if "work" in does and parts.worker_engine is not None:
            releases = Releases(parts.worker_engine, parts.handlers, utc_now, new_id)
            own = (Job(name="release_parked", run=releases.run), _housekeeping(parts.worker_engine))
            for job in (*parts.jobs, *own):
                tasks.create_task(_repeat(job, stop))
        tasks.create_task(telemetry.watch_loop(stop))
        # Every role answers health and metrics; only the api role has routes that need its engine.
        tasks.create_task(_http(parts.app, settings, stop))


async def _http(app: FastAPI, settings: ServiceSettings, stop: asyncio.Event) -> None:
    server = _Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=20,
            timeout_keep_alive=30,
        )
    )

    async def watch() -> None:
        await stop.wait()
        app.state.stopping.set()
        server.should_exit = True

    watcher = asyncio.create_task(watch())
    await server.serve()
    watcher.cancel()
    if not stop.is_set():
        raise RuntimeError("the HTTP server ended unasked")


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:  # signals are handled in `_serve`
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Signals are handled in `_serve`."""


async def _repeat(job: Job, stop: asyncio.Event) -> None:
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


def _housekeeping(engine: AsyncEngine) -> Job:
    async def purge() -> int:
        async with engine.begin() as connection:
            await connection.execute(outbox.PURGE, {"before": utc_now() - KEEP_PUBLISHED})
        return 0

    return Job(name="purge_outbox", run=purge, idle_s=HOUSEKEEPING_S)


async def report_lag(consumer: Consumer, stop: asyncio.Event) -> None:
    """Tells how far the consumer is behind. Its lag is as of its last poll: whether that moves is told beside it."""
    while not stop.is_set():
        telemetry.LAG.set(consumer.lag)
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
    """Ready when the database answers and stands at the newest migration in the code; Kafka is no condition."""
    expected = migration.head(service)

    async def ready() -> dict[str, str]:
        try:
            async with asyncio.timeout(3), engine.connect() as connection:
                found = await connection.run_sync(migration.revision_of)
        except Exception as fault:
            return {"database": type(fault).__name__}
        return {} if found == expected else {"schema": f"at {found}, the code wants {expected}"}

    return ready
