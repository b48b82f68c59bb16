"""The clients' side of a run, in a thread and an event loop of its own: the launcher's loop stands still while a
database recovers, and the load must not."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from deploy.local.play import establish, write_accounts
from deploy.local.quiet import until_quiet
from deploy.local.sample import province as sample
from deploy.local.sample import staff as sample_staff
from deploy.local.sample import workbooks
from deploy.local.stack import Stack
from deploy.local.staff.setup import set_up
from deploy.local.vendor import behaviour
from deploy.local.vendor.client import VENDOR, VendorClient
from shared.clock import utc_now
from tests.chaos import residue
from tests.chaos.clocks import JumpingStaff
from tests.chaos.facts import Logged
from tests.chaos.history import Call
from tests.chaos.invariants.privacy import Canaries, canaries_of, told_of_people
from tests.chaos.load import Load, cut
from tests.chaos.recorder import LogRecorder, SeenWatcher, Witnesses
from tests.journeys.recompute import disagreements

PEOPLE = 120
QUIET_WITHIN_S = 60.0
SETTLED_WITHIN_S = 120.0


@dataclass
class Seen:
    """What the clients and witnesses bring home."""

    reads: list[Call] = field(default_factory=list)
    log: list[Logged] = field(default_factory=list)
    lives: int = 0
    fallen: list[str] = field(default_factory=list)
    otherwise: list[str] = field(default_factory=list)
    progress: dict[str, int] = field(default_factory=dict)
    """The main report's figures, as its officer is answered at rest."""
    leaked: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    heal_s: float = 0.0
    restless: str | None = None
    """What was still to do 60 s after the last fault was healed."""


class Clients:
    """`begin` sets the province up and starts the load; `end` stops it and answers what was seen."""

    def __init__(self, stack: Stack, seed: int, seconds: float) -> None:
        self._stack = stack
        self._seed = seed
        self._seconds = seconds
        self._ready = threading.Event()
        self._over = threading.Event()
        self._work: asyncio.Task[Seen] | None = None

    async def begin(self) -> None:
        """Returns when the load runs. Raises what the set-up raised."""
        province = await asyncio.to_thread(sample.build, people=int(os.environ.get("DEMO_PEOPLE") or PEOPLE))
        members = sample_staff.staff(province)
        write_accounts(self._stack, province, members)
        await establish(self._stack, members)
        self._work = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(self._run(province, members))))
        started = asyncio.create_task(asyncio.to_thread(self._ready.wait))
        await asyncio.wait({self._work, started}, return_when=asyncio.FIRST_COMPLETED)
        if self._work.done():
            self._ready.set()
            self._work.result()

    async def end(self) -> Seen:
        """Everything is healed by now."""
        if self._work is None:
            raise LookupError("ended before it began")
        self._over.set()
        return await self._work

    async def _run(self, province: Any, members: Any) -> Seen:
        books = workbooks.write(province, self._stack.paths.sample)
        events = behaviour.course_events(province)
        secret = json.loads(self._stack.paths.vendor_secrets.read_text(encoding="utf-8"))[VENDOR][0]
        paths, gateway = self._stack.paths, self._stack.gateway_url
        officer = next(one.account for one in members if one.role == "province_officer")
        leader = next(one.account for one in members if one.role == "department_leader")
        async with (
            JumpingStaff(gateway, paths.staff_acts) as staff,
            VendorClient(gateway, secret, paths.vendor_events, utc_now) as vendor,
        ):
            witnesses = Witnesses(
                LogRecorder(self._stack.environment["KAFKA_BOOTSTRAP"]),
                SeenWatcher({service: one.owner for service, one in self._stack.addresses.items()}),
            )
            async with witnesses:
                await set_up(staff, province, members, books, officer=officer, leader=leader, say=lambda _: None)
                await until_quiet(self._stack.addresses, patience_s=QUIET_WITHIN_S)
                deliveries = cut(events, self._seed)
                load = Load(gateway, province, members, deliveries, staff, vendor, self._seconds, self._seed)
                base = await residue.look(self._stack.supervisor.pids())
                seen = await self._under_load(load)
                seen.stuck = await residue.settled(self._stack.supervisor.pids, base)
                seen.leaked = await self._leaked(canaries_of([*province.persons, *members]))
                seen.otherwise = disagreements(
                    await staff.every(officer, "/api/v1/results"),
                    await staff.every(officer, "/api/v1/offerings"),
                    paths.root,
                )
                seen.progress = (await staff.get(officer, "/api/v1/reports/progress"))["figures"]
            seen.log, seen.lives = witnesses.recorder.read, witnesses.recorder.lives
            seen.fallen = witnesses.watcher.fallen
            return seen

    async def _leaked(self, canaries: Canaries) -> list[str]:
        """What of the sample's people stands in any log or metric of the stack."""
        texts = {
            f"logs/{one.name}": one.read_text(encoding="utf-8", errors="replace")
            for one in self._stack.paths.logs.iterdir()
        }
        counted = await residue.metrics(self._stack.supervisor.pids())
        texts |= {f"/metrics of {name}": text for name, text in counted.items()}
        return await asyncio.to_thread(told_of_people, texts, canaries)

    async def _under_load(self, load: Load) -> Seen:
        stop = asyncio.Event()
        seen = Seen()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(load.run(stop))
            self._ready.set()
            await asyncio.to_thread(self._over.wait)
            stop.set()
        await self._settle(seen, load)
        seen.reads = load.reads
        return seen

    async def _settle(self, seen: Seen, load: Load) -> None:
        """The platform comes to rest, within 60 s; people decide once more; it comes to rest again."""
        began = monotonic()
        try:
            await until_quiet(self._stack.addresses, patience_s=QUIET_WITHIN_S)
            seen.heal_s = monotonic() - began
            await load.finish()
            await until_quiet(self._stack.addresses, patience_s=SETTLED_WITHIN_S)
        except TimeoutError as left:
            seen.restless = str(left)
            seen.heal_s = seen.heal_s or monotonic() - began
