"""`make rehearse-node ADDRESS=… IMAGE=… KUBECONFIG=…`: a course on a real node, and all that befalls one in its middle.

Prints one JSON line and ends with 1 where a call of the rolling update failed, an event was lost, or a total differs.
docs/how-to/rehearse-on-a-node.md says what it needs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from deploy.local.paths import LocalPaths
from deploy.local.play import PROVINCE_NAME
from deploy.local.provision import provision
from deploy.local.quiet import until_quiet
from deploy.local.sample import province as sample
from deploy.local.sample import staff as sample_staff
from deploy.local.sample import workbooks
from deploy.local.sample.province import Province
from deploy.local.secrets import make_secrets, role_passwords
from deploy.local.stack import SERVICES, Stack
from deploy.local.staff.client import StaffClient
from deploy.local.staff.decisions import ROUNDS, Staff, hold_round
from deploy.local.staff.setup import founders, set_up
from deploy.local.supervisor import Supervisor
from deploy.local.vendor import behaviour
from deploy.local.vendor.client import VENDOR, VendorClient
from shared.clock import utc_now
from tests.chaos.load import cut
from tests.kubernetes.cluster import Cluster
from tests.rehearsals.__main__ import WRONG
from tests.rehearsals.load import Load
from tests.rehearsals.node import faults, outside
from tests.rehearsals.node.installed import Installed
from tests.rehearsals.node.outside import Outside
from tests.rehearsals.node.use import Use
from tests.rehearsals.scale import unequal
from tests.rehearsals.stage import SEED, Stage, say
from tests.support.databases import local_folder

PEOPLE = 150
PER_S = 10.0
CALM_S = 20.0
QUIET_WITHIN_S = 900.0
MUST_NOT_FAIL = ("before", "rolling update", "API server killed", "autoscaling")
"""Who is killed may take a call with him; those are counted and said, and no others may fail."""


@dataclass(frozen=True)
class Phase:
    """Something that befell the cluster, and when."""

    name: str
    since: datetime
    until: datetime

    def figures(self, load: Load) -> dict[str, Any]:
        """What the callers saw of it."""
        calls = [one for one in load.answers if self.since <= one.at < self.until]
        failed = [f"{one.kind} {one.status}" for one in calls if one.status != 200]
        return {
            "phase": self.name,
            "seconds": round((self.until - self.since).total_seconds()),
            "calls": len(calls),
            "failed": {kind: failed.count(kind) for kind in sorted(set(failed))},
            "p99_ms": {kind: load.p99_ms(kind, self.since, self.until) for kind in ("webhook", "read")},
        }


class NodeStage(Stage):
    """A stage whose platform is in a cluster: tokens are the provider's, and everything takes longer."""

    def load(self, per_s: float) -> Load:
        """The vendor's stream of the course's middle and some reads."""
        officer = self.account("province_officer")
        middle = [one for one in self.deliveries if ROUNDS[0] <= one.day < ROUNDS[1]]
        record = self.stack.paths.vendor_events
        token = self.staff.token_of(officer) if self.staff.token_of is not None else None
        return Load(self.stack.gateway_url, self.secret, record, officer, middle, per_s, token)

    async def quiet(self) -> None:
        """Until nothing is left to do. Raises TimeoutError naming what is."""
        await until_quiet(self.stack.addresses, patience_s=QUIET_WITHIN_S)


async def rehearse(paths: LocalPaths) -> dict[str, Any]:
    """The figures."""
    address, image = os.environ["ADDRESS"], os.environ["IMAGE"]
    following = os.environ.get("NEXT_IMAGE") or image
    cluster = await asyncio.to_thread(Cluster)
    province = await asyncio.to_thread(sample.build, people=int(os.environ.get("DEMO_PEOPLE") or PEOPLE))
    line: dict[str, Any] = {"rehearsal": "node", "image": image, "people": len(province.persons)}
    async with _outside(paths, address) as (stack, found):
        installed = Installed(cluster, paths, found)
        try:
            say("installing")
            line["installed"] = await asyncio.to_thread(installed.install, image)
            stack = replace(stack, gateway_url=await asyncio.to_thread(installed.gateway))
            with Use(cluster) as use:
                actors = Actors(installed, lambda stage: _middle(stage, cluster, installed, following))
                line |= await _course(stack, found, province, actors)
            line["restarts"] = await asyncio.to_thread(installed.restarts)
            line["use"] = use.figures()
        finally:
            if not os.environ.get("KEEP"):
                await asyncio.to_thread(installed.remove)
    line["failed"] = {one["phase"]: one["failed"] for one in line["phases"] if one["phase"] in MUST_NOT_FAIL}
    line["failed"] = {phase: failed for phase, failed in line["failed"].items() if failed}
    return line


@asynccontextmanager
async def _outside(paths: LocalPaths, address: str) -> AsyncIterator[tuple[Stack, Outside]]:
    """What the cluster is given from outside; a stack without a process of ours."""
    async with Supervisor(paths, say=say) as supervisor:
        make_secrets(paths, SERVICES)
        postgres, broker = outside.make(paths, address)
        supervisor.start(postgres, broker)
        addresses = await provision(postgres.superuser_dsn, SERVICES, role_passwords(paths, SERVICES))
        with outside.provider(address) as provider:
            stack = Stack(
                paths=paths,
                supervisor=supervisor,
                postgres=postgres,
                broker=broker,
                addresses=addresses,
                service_urls={},
                gateway_url="",
                members={},
                environment={},
                programs={},
            )
            yield stack, Outside(address, postgres, broker, provider)


@dataclass(frozen=True)
class Actors:
    """Who acts beside vendor and staff: the operator who begins the province, and what befalls it in its middle."""

    installed: Installed
    middle: Callable[[NodeStage], Awaitable[dict[str, Any]]]


async def _course(stack: Stack, found: Outside, province: Province, actors: Actors) -> dict[str, Any]:
    """From the beginning to the end, with the middle after the first round of decisions."""
    members = sample_staff.staff(province)
    events = await asyncio.to_thread(behaviour.course_events, province)
    secret = json.loads(stack.paths.vendor_secrets.read_text(encoding="utf-8"))[VENDOR][0]
    people = Staff.of(province.seed, members)
    courses = [(one.code, one.audience) for one in province.courses]
    began = monotonic()
    async with StaffClient(stack.gateway_url, stack.paths.staff_acts, token_of=found.token_of) as staff:
        stage = NodeStage(stack, province, members, cut(events, SEED), staff, secret)
        books = await asyncio.to_thread(workbooks.write, province, stack.paths.sample)
        who = {"officer": stage.account("province_officer"), "leader": stage.account("department_leader")}
        said: dict[str, Any] = {}
        for number, day in enumerate(ROUNDS):
            if number == 0:
                say("setting the province up")
                words = ["--code", "80", "--name", PROVINCE_NAME]
                words += [part for option, account in founders(members).items() for part in (f"--{option}", account)]
                await asyncio.to_thread(actors.installed.establish, words)
                await set_up(staff, province, members, books, **who, say=lambda _: None)
            if number == 1:
                said |= await actors.middle(stage)
            say(f"the course until {day}")
            async with VendorClient(stack.gateway_url, secret, stack.paths.vendor_events, utc_now) as vendor:
                await vendor.play(stage.deliveries, until=day - timedelta(days=1))
            await stage.quiet()
            await hold_round(staff, people, courses, day)
        async with VendorClient(stack.gateway_url, secret, stack.paths.vendor_events, utc_now) as vendor:
            await vendor.play(stage.deliveries)
        await stage.quiet()
        acknowledged = said.pop("acknowledged")
        return said | {
            "course_s": round(monotonic() - began),
            "events": sum(len(one.events) for one in stage.deliveries),
            "lost": await stage.lost(acknowledged),
            "parked": await stage.parked(),
            "otherwise": (await stage.otherwise())[:10],
            "unequal": await unequal(stage),
            "figures": await stage.figures(),
        }


async def _middle(stage: NodeStage, cluster: Cluster, installed: Installed, following: str) -> dict[str, Any]:
    """Webhooks and reads go on, each made once, while one thing after the other befalls the cluster."""
    phases: list[Phase] = []
    befell: dict[str, Any] = {}
    only = os.environ.get("ONLY") or None
    befalls: dict[str, Callable[[], Any]] = {
        "rolling update": lambda: installed.upgrade(following),
        "API server killed": lambda: faults.kill_the_api_server(cluster),
        "pod killed": lambda: faults.kill_a_pod(installed),
        "worker out of memory": lambda: faults.starve_a_worker(cluster, installed),
        "autoscaling": lambda: faults.scale(cluster, installed),
    }

    async def during(name: str, work: Callable[[], Any] | None) -> None:
        say(name)
        since = utc_now()
        if work is not None:
            befell[name] = await asyncio.to_thread(work)
        await asyncio.sleep(CALM_S)  # the load's pace: what comes late of it is of its phase
        phases.append(Phase(name, since, utc_now()))

    with stage.load(PER_S) as load:
        await asyncio.sleep(5.0)  # the first calls of a process are its slowest
        await during("before", None)
        for name, work in befalls.items():
            if only is None or name in only.split(","):
                await during(name, work)
    return {
        "acknowledged": load.acknowledged,
        "acknowledged_events": len(load.acknowledged),
        "befell": {name: said for name, said in befell.items() if said is not None},
        "phases": [one.figures(load) for one in phases],
        "faults": load.faults[:20],
    }


def main() -> int:
    """The exit code: 1 where something failed, was lost, or counts otherwise."""
    missing = [name for name in ("ADDRESS", "IMAGE", "KUBECONFIG") if not os.environ.get(name)]
    if missing:
        sys.stderr.write(f"{', '.join(missing)}: not said (docs/how-to/rehearse-on-a-node.md)\n")
        return 2
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with local_folder("node") as paths:
        line = asyncio.run(rehearse(paths))
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    return 1 if any(line.get(name) for name in WRONG) else 0


if __name__ == "__main__":
    raise SystemExit(main())
