"""One service's processes: `api`, `consume`, `relay`, `work`, `migrate`, or `all` of the first four on a laptop; and
the commands `verify-audit` and `restored`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import TypeVar

import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import credentials, migration, restoring, sealing, telemetry
from shared.applying import Applier, Handler
from shared.bus import Bus, BusError, Topics, WeakTopicsError
from shared.clock import new_id, utc_now
from shared.consumption import Consumer
from shared.database import DATABASE_FAULTS, make_engine
from shared.draining import LastAnswers, drain
from shared.health import report_lag
from shared.jobs import Job, housekeeping, repeat
from shared.relay import Relay
from shared.release import Releases
from shared.settings import Environment, MissingSettingError, ServiceSettings, load

log = structlog.get_logger()

ROLES = ("api", "consume", "relay", "work", "migrate", "all")
VERIFY = "verify-audit"
RESTORED = "restored"


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
    or the cluster's topics may not be used in production. `verify-audit`: 1 where the audit was tampered with.
    `restored`: 1 where it may not be done now."""
    role, more = "".join(sys.argv[1:2]), sys.argv[2:]
    if role not in (VERIFY, RESTORED) and (role not in ROLES or more):
        commands = f"{VERIFY} [--head N:HASH]|{RESTORED} [--above N]"
        sys.stderr.write(f"usage: python -m services.{name} {'|'.join(ROLES)}|{commands}\n")
        raise SystemExit(2)
    telemetry.configure_logs(f"{name}-{role}")
    settings = load(settings_kind)
    try:
        if role == "migrate":
            with _in_a_sentence():
                migration.upgrade(name, settings.need("owner_database_url"))
            return
        if role == VERIFY:
            raise SystemExit(asyncio.run(sealing.verify_audit(settings.need("worker_database_url"), more)))
        if role == RESTORED:
            with _in_a_sentence():
                _renew(name, settings, more)
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


@contextlib.contextmanager
def _in_a_sentence() -> Iterator[None]:
    """What is in a command's way ends it (exit 1) with a sentence: the same command may be given again."""
    try:
        yield
    except (migration.LockedOutError, restoring.StillServedError, BusError) as fault:
        said = str(fault)
    except (*DATABASE_FAULTS, DBAPIError) as fault:
        if isinstance(fault, DBAPIError) and fault.statement is not None:
            raise
        cause = fault.orig if isinstance(fault, DBAPIError) else fault
        said = f"the database cannot be reached: {str(cause) or type(cause).__name__}"
    else:
        return
    sys.stderr.write(f"{said}\n")
    raise SystemExit(1) from None


def _renew(name: str, settings: ServiceSettings, words: Sequence[str]) -> None:
    above = restoring.arguments(name, words)
    address = settings.need("worker_database_url")
    restoring.tell(asyncio.run(restoring.restored(address, _bus(name, settings), name, above=above)))


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
    bus = _bus(parts.name, settings)
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
            releases = Releases(Applier(parts.worker_engine, parts.handlers, utc_now, new_id))
            sealer = sealing.Sealer(parts.worker_engine)
            own = (Job(name="release_parked", run=releases.run), sealer.job, housekeeping(parts.worker_engine))
            for job in (*parts.jobs, *own):
                tasks.create_task(repeat(job, stop))
        tasks.create_task(telemetry.watch_loop(stop))
        # Every role answers health and metrics; only the api role has routes that need its engine.
        tasks.create_task(_http(parts.app, settings, stop))


def _bus(name: str, settings: ServiceSettings) -> Bus:
    return Bus(
        settings.kafka_bootstrap,
        client_id=f"bdtx-{name}",
        topics=Topics(settings.kafka_partitions, settings.kafka_replication),
        idempotent=settings.kafka_idempotence,
        session_timeout_ms=settings.kafka_session_timeout_ms,
        credentials=credentials.of(settings),
        durable=settings.environment is Environment.PRODUCTION,
    )


async def _http(app: FastAPI, settings: ServiceSettings, stop: asyncio.Event) -> None:
    server = _Server(
        uvicorn.Config(
            LastAnswers(app, app.state.stopping),
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
        await drain(server)

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
