"""The whole stack on one machine: PostgreSQL, broker, four services, gateway, each with its environment."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

import aiohttp

from deploy.local.broker import EmbeddedBroker
from deploy.local.kafka import ApacheKafka
from deploy.local.paths import LocalPaths
from deploy.local.ports import free_ports
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.program import CHECKOUT, Program
from deploy.local.provision import Addresses, provision
from deploy.local.secrets import make_secrets, role_passwords
from deploy.local.supervisor import Supervisor

SERVICES = ("roster", "grading", "certificates", "reporting")
LOOPBACK = "127.0.0.1"
ALL_IN_ONE: Mapping[str, Sequence[str]] = dict.fromkeys(SERVICES, ("all",))
"""The roles of each service's processes; the first one serves its API."""
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")


class Doors(Protocol):
    """What stands before the processes of one kind, as a Service of Kubernetes does: calls go to those in rotation."""

    async def open(self, group: str, members: Mapping[str, str], port: int | None = None) -> str:
        """The address that stands for all `members` (addresses by name)."""


class StartError(RuntimeError):
    """A part of the stack did not come up; the message names it and its log."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What is running, and where it can be asked."""

    paths: LocalPaths
    supervisor: Supervisor
    postgres: EmbeddedPostgres
    broker: EmbeddedBroker | ApacheKafka | None
    addresses: Mapping[str, Addresses]
    service_urls: Mapping[str, str]
    gateway_url: str
    members: Mapping[str, str]
    """Where each process of ours answers for its health, by its name."""
    environment: Mapping[str, str]
    programs: Mapping[str, Program]
    """Each process of ours by its name; what is changed in one counts from its next start."""
    doors: Doors | None = None

    def command(self, module: str, *arguments: str) -> list[str]:
        """A program of the project as an argument list."""
        return [sys.executable, "-m", module, *arguments]


async def start(
    paths: LocalPaths,
    supervisor: Supervisor,
    gateway_port: int,
    layout: Mapping[str, Sequence[str]] = ALL_IN_ONE,
    *,
    gateways: int = 1,
    doors: Doors | None = None,
    checkout: Path | None = None,
) -> Stack:
    """Starts everything and returns when every process and the gateway are ready. Raises StartError.

    A service of several processes has them under names of their own: `grading-consume-2`. Several APIs of a service
    and several gateways need `doors`; without them calls go to the first one. `checkout`: whose services and gateway
    are run, where it is not this one's.
    """
    make_secrets(paths, SERVICES)
    postgres = EmbeddedPostgres(paths)
    bootstrap = os.environ.get("KAFKA_BOOTSTRAP")
    broker = None if bootstrap else _broker(paths)
    embedded = isinstance(broker, EmbeddedBroker)
    supervisor.start(postgres, *([broker] if broker else []))
    addresses = await provision(postgres.superuser_dsn, SERVICES, role_passwords(paths, SERVICES))
    named = {service: _names(service, roles) for service, roles in layout.items()}
    doormen = ["gateway"] if gateways == 1 else [f"gateway-{number}" for number in range(1, gateways + 1)]
    every = [*(name for names in named.values() for name in names), *doormen]
    ports = dict(zip(every, free_ports(len(every)), strict=True))
    if doors is None:
        ports[doormen[0]] = gateway_port
    members = {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}
    urls = {service: members[next(iter(names))] for service, names in named.items()}
    gateway_url = members[doormen[0]]
    if doors is not None:
        for service, names in named.items():
            apis = {name: members[name] for name, role in names.items() if role == layout[service][0]}
            urls[service] = await doors.open(service, apis)
        gateway_url = await doors.open("gateway", {name: members[name] for name in doormen}, gateway_port)
    common = {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "BDTX_ENV": "local",
        "KAFKA_BOOTSTRAP": bootstrap or (broker.bootstrap if broker else ""),
        "KAFKA_REPLICATION": os.environ.get("KAFKA_REPLICATION", "1"),
        # The embedded broker has no idempotent producer; any other one has.
        "KAFKA_IDEMPOTENCE": "false" if embedded else "true",
        # The embedded broker holds every join of a group for half of this.
        "KAFKA_SESSION_TIMEOUT_MS": "10000",
        "OBJECT_STORE_URL": os.environ.get("OBJECT_STORE_URL", paths.objects.as_uri()),
        "INTERNAL_JWKS_FILE": str(paths.internal_jwks),
        "CERTIFICATES_PUBLIC_URL": gateway_url,
        "PYTHONUNBUFFERED": "1",
    }
    for service in SERVICES:
        upper = service.upper()
        common |= {
            f"{upper}_DATABASE_URL": addresses[service].api,
            f"{upper}_WORKER_DATABASE_URL": addresses[service].worker,
            f"{upper}_OWNER_DATABASE_URL": addresses[service].owner,
            f"{upper}_PORT": str(ports[next(iter(named[service]))]),
            f"{upper}_URL": urls[service],
        }
    gateway = {
        "GATEWAY_SIGNING_KEY_FILE": str(paths.gateway_signing_key),
        "GATEWAY_WEBHOOK_SECRETS_FILE": str(paths.vendor_secrets),
        "GATEWAY_SESSION_KEY_FILE": str(paths.session_key),
        "GATEWAY_LOCAL_ISSUER_KEY_FILE": str(paths.local_issuer_key),
        "GATEWAY_LOCAL_ACCOUNTS_FILE": str(paths.sample / "accounts.json"),
        "GATEWAY_DASHBOARD_DIR": str(paths.dashboard),
    }
    where = checkout or CHECKOUT

    def program(name: str, module: str, *arguments: str, env: Mapping[str, str]) -> Program:
        argv = [sys.executable, "-m", module, *arguments]
        return Program(name=name, argv=argv, env={**common, **env}, paths=paths, cwd=where)

    services = {
        name: program(name, f"services.{service}", role, env={f"{service.upper()}_PORT": str(ports[name])})
        for service, names in named.items()
        for name, role in names.items()
    }
    doors_programs = {
        name: program(name, "gateway", env=gateway | {"GATEWAY_PORT": str(ports[name])}) for name in doormen
    }
    stack = Stack(
        paths=paths,
        supervisor=supervisor,
        postgres=postgres,
        broker=broker,
        addresses=addresses,
        service_urls=urls,
        gateway_url=gateway_url,
        members=members,
        environment=common,
        programs=services | doors_programs,
        doors=doors,
    )
    await asyncio.gather(*(migrate(stack, service, checkout=where) for service in SERVICES))
    supervisor.start(*services.values())
    supervisor.start(*doors_programs.values())
    await _until_ready(stack, dict(members))
    return stack


def _names(service: str, roles: Sequence[str]) -> dict[str, str]:
    """A service's processes by name, with their roles."""
    if len(roles) == 1:
        return {service: roles[0]}
    return {f"{service}-{role}-{roles[: place + 1].count(role)}": role for place, role in enumerate(roles)}


def _broker(paths: LocalPaths) -> EmbeddedBroker | ApacheKafka:
    match os.environ.get("KAFKA") or "embedded":
        case "embedded":
            return EmbeddedBroker(paths)
        case "apache":
            return ApacheKafka(paths)
        case other:
            raise StartError(f"KAFKA is {other!r}: it must be `embedded` or `apache`")


async def run_command(stack: Stack, name: str, *argv: str, checkout: Path = CHECKOUT) -> str:
    """Runs a command of the project to its end and answers its standard output. Raises StartError."""
    log = stack.paths.log(name)
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *argv, env=dict(stack.environment), cwd=checkout, stdout=asyncio.subprocess.PIPE, stderr=errors
        )
        output, _ = await process.communicate()
    if process.returncode != 0:
        raise StartError(f"{name} ended with {process.returncode}: see {log}")
    return output.decode()


async def migrate(stack: Stack, service: str, *, checkout: Path = CHECKOUT) -> None:
    """Brings a service's database to what a checkout wants. Raises StartError."""
    argv = stack.command(f"services.{service}", "migrate")
    await run_command(stack, f"{service}-migrate", *argv, checkout=checkout)


async def _until_ready(stack: Stack, waiting: dict[str, str], patience_s: float = 90.0) -> None:
    until = monotonic() + patience_s
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while waiting and not stack.supervisor.stopping.is_set():
            for name, url in list(waiting.items()):
                try:
                    async with session.get(f"{url}/readyz") as answer:
                        if answer.status == 200:
                            del waiting[name]
                except (aiohttp.ClientError, TimeoutError):
                    continue
            if waiting:
                if monotonic() > until:
                    logs = ", ".join(str(stack.paths.log(name)) for name in waiting)
                    raise StartError(f"not ready after {patience_s:.0f} s: {', '.join(waiting)}; see {logs}")
                await asyncio.sleep(0.1)
