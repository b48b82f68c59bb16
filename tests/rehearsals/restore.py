"""Two databases are dropped in mid-course and come back from older backups: the course ends as if nothing had been.

Reporting, which is made of what it hears, needs nothing but its backup and the topics. Grading has forgotten what the
vendor delivered since its backup; the vendor sends that again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import msgspec

from deploy.local import stack as local
from deploy.local.paths import LocalPaths
from deploy.local.provision import database_of, provision
from deploy.local.secrets import role_passwords
from deploy.local.stack import ALL_IN_ONE, SERVICES, Stack
from deploy.local.staff.decisions import ROUNDS, Staff, hold_round
from deploy.local.vendor.client import VendorClient
from shared.clock import utc_now
from tests.rehearsals.scale import unequal
from tests.rehearsals.stage import Stage, say, staged

PEOPLE = 80
DROPPED = ("grading", "reporting")
BACKUP_ON, FORGOTTEN_UNTIL, DROPPED_UNTIL = date(2020, 11, 5), date(2020, 11, 16), date(2020, 11, 25)
"""After the first round of decisions; the decisions of people since a backup would have to be made again by hand."""


async def rehearse(paths: LocalPaths) -> dict[str, Any]:
    """The figures."""
    async with staged(paths, ALL_IN_ONE, people=PEOPLE) as stage:
        stack = stage.stack
        people = Staff.of(stage.province.seed, list(stage.members))
        courses = [(one.code, one.audience) for one in stage.province.courses]
        async with _vendor(stage, paths.vendor_events) as vendor:
            await vendor.play(stage.deliveries, until=ROUNDS[0])
            await stage.quiet()
            await hold_round(stage.staff, people, courses, ROUNDS[0])
            await vendor.play(stage.deliveries, until=BACKUP_ON)
            await stage.quiet()
            backups = {service: await asyncio.to_thread(dump, stack, service) for service in DROPPED}
            await vendor.play(stage.deliveries, until=FORGOTTEN_UNTIL)
            await stage.quiet()
            forgotten = await stage.figures()
            say("two databases are dropped while the vendor delivers")
            playing = asyncio.create_task(vendor.play(stage.deliveries, until=DROPPED_UNTIL))
            began = monotonic()
            reports = [await restore(stack, service, backups[service]) for service in DROPPED]
            await playing
            away = monotonic() - began
            async with _vendor(stage, paths.root / "replayed.ndjson") as again:
                replayed = await again.play([one for one in stage.deliveries if BACKUP_ON < one.day <= DROPPED_UNTIL])
            await stage.quiet()
            caught_up = await stage.figures()
            for day in ROUNDS[1:]:
                await vendor.play(stage.deliveries, until=day)
                await stage.quiet()
                await hold_round(stage.staff, people, courses, day)
            await vendor.play(stage.deliveries)
            await stage.quiet()
        figures = await stage.figures()
        return {
            "rehearsal": "restore",
            "dropped": DROPPED,
            "away_s": round(away, 1),
            "restored": reports,
            "replayed_events": replayed.delivered,
            "fewer_than_before": [
                name for name in forgotten if name != "missing" and caught_up[name] < forgotten[name]
            ],
            "parked": await stage.parked(),
            "otherwise": (await stage.otherwise())[:10],
            "unequal": await unequal(stage),
            "figures": figures,
        }


def _vendor(stage: Stage, record: Path) -> VendorClient:
    return VendorClient(stage.stack.gateway_url, stage.secret, record, utc_now)


def dump(stack: Stack, service: str) -> Path:
    """The service's database in a file, while it is used."""
    file = stack.paths.root / f"{service}.dump"
    _run(stack, "pg_dump", f"--dbname={database_of(service)}", "--format=custom", f"--file={file}")
    return file


async def restore(stack: Stack, service: str, backup: Path) -> dict[str, Any]:
    """As the runbook says: stop the service, put the backup in the place of what was lost, `restored`, start."""
    stack.supervisor.hold(service)
    running = stack.supervisor.pids().get(service)
    connection = await asyncpg.connect(stack.postgres.superuser_dsn)
    try:
        await connection.execute(f"DROP DATABASE {database_of(service)} WITH (FORCE)")
    finally:
        await connection.close()
    if running is not None:
        os.kill(running, signal.SIGTERM)
    async with asyncio.timeout(60):
        while service in stack.supervisor.pids():  # noqa: ASYNC110  # a process tells nobody of its end
            await asyncio.sleep(0.1)
    await provision(stack.postgres.superuser_dsn, [service], role_passwords(stack.paths, SERVICES))
    await asyncio.to_thread(
        _run,
        stack,
        "pg_restore",
        f"--dbname={database_of(service)}",
        "--exit-on-error",
        "--clean",
        "--if-exists",
        str(backup),
    )
    said = await local.run_command(stack, f"{service}-restored", *stack.command(f"services.{service}", "restored"))
    stack.supervisor.release(service)
    report: dict[str, Any] = msgspec.json.decode(said.splitlines()[-1])
    return report


def _run(stack: Stack, program: str, *options: str) -> None:
    """One of PostgreSQL's programs as the superuser; the password is in the environment alone."""
    address = urlsplit(stack.postgres.superuser_dsn)
    environment = {
        "PATH": os.environ["PATH"],
        "PGHOST": str(address.hostname),
        "PGPORT": str(address.port),
        "PGUSER": str(address.username),
        "PGPASSWORD": unquote(str(address.password)),
    }
    done = subprocess.run(
        [stack.postgres.home.program(program), *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr[:2000]}")
