"""A small province on a stack of its own, set up and at rest, for a rehearsal to act on."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local import stack as local
from deploy.local.paths import LocalPaths
from deploy.local.play import establish, write_accounts
from deploy.local.ports import free_port
from deploy.local.quiet import until_quiet
from deploy.local.sample import province as sample
from deploy.local.sample import staff as sample_staff
from deploy.local.sample import workbooks
from deploy.local.sample.province import Province
from deploy.local.stack import Stack
from deploy.local.staff.client import StaffClient
from deploy.local.staff.setup import set_up
from deploy.local.supervisor import Supervisor
from deploy.local.vendor import behaviour
from deploy.local.vendor.client import VENDOR
from deploy.local.vendor.deliveries import Delivery
from tests.chaos.front import Fronts
from tests.chaos.load import cut
from tests.journeys.recompute import disagreements
from tests.rehearsals.load import Load

QUIET_WITHIN_S = 120.0
SEED = 6


def say(line: str) -> None:
    """To whoever watches; the figures alone go to standard output."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@dataclass(frozen=True)
class Stage:
    """What a rehearsal acts on."""

    stack: Stack
    province: Province
    members: Sequence[sample_staff.StaffMember]
    deliveries: Sequence[Delivery]
    staff: StaffClient
    secret: str

    def account(self, role: str) -> str:
        """Of the first who has it."""
        return next(one.account for one in self.members if one.role == role)

    def load(self, per_s: float) -> Load:
        """The vendor's stream and some reads."""
        paths, officer = self.stack.paths, self.account("province_officer")
        return Load(self.stack.gateway_url, self.secret, paths.vendor_events, officer, self.deliveries, per_s)

    async def quiet(self) -> None:
        """Until nothing is left to do. Raises TimeoutError naming what is."""
        await until_quiet(self.stack.addresses, patience_s=QUIET_WITHIN_S)

    async def figures(self) -> dict[str, int]:
        """The main report's."""
        report = await self.staff.get(self.account("province_officer"), "/api/v1/reports/progress")
        found: dict[str, int] = report["figures"]
        return found

    async def otherwise(self) -> list[str]:
        """What an independent computation from the record files has against the results."""
        officer = self.account("province_officer")
        results = await self.staff.every(officer, "/api/v1/results")
        return disagreements(results, await self.staff.every(officer, "/api/v1/offerings"), self.stack.paths.root)

    async def lost(self, acknowledged: set[str]) -> int:
        """How many acknowledged events are not in grading."""
        grading = await asyncpg.connect(self.stack.addresses["grading"].owner)
        try:
            kept = {row[0] for row in await grading.fetch("SELECT event_id FROM evidence")}
        finally:
            await grading.close()
        return len(acknowledged - kept)

    async def parked(self) -> int:
        """Events that no service could apply."""
        operator = self.account("operator")
        return int((await self.staff.get(operator, "/api/v1/parked"))["total"])


@asynccontextmanager
async def staged(
    paths: LocalPaths,
    layout: Mapping[str, Sequence[str]],
    *,
    people: int,
    gateways: int = 1,
    checkout: Path | None = None,
    furnish: bool = True,
) -> AsyncIterator[Stage]:
    """Starts it all and, unless it was furnished before, sets the province up; stops it after the block."""
    people = int(os.environ.get("DEMO_PEOPLE") or people)
    province = await asyncio.to_thread(sample.build, people=people)
    members = sample_staff.staff(province)
    with Fronts() as fronts:
        async with Supervisor(paths, say=say) as supervisor:
            stack = await local.start(
                paths, supervisor, free_port(), layout, gateways=gateways, doors=fronts, checkout=checkout
            )
            write_accounts(stack, province, members)
            secret = json.loads(paths.vendor_secrets.read_text(encoding="utf-8"))[VENDOR][0]
            async with StaffClient(stack.gateway_url, paths.staff_acts) as staff:
                events = await asyncio.to_thread(behaviour.course_events, province)
                stage = Stage(stack, province, members, cut(events, SEED), staff, secret)
                if furnish:
                    await establish(stack, members)
                    await _furnish(stage)
                say("the stage is set")
                yield stage


async def _furnish(stage: Stage) -> None:
    books = await asyncio.to_thread(workbooks.write, stage.province, stage.stack.paths.sample)
    who: dict[str, Any] = {
        "officer": stage.account("province_officer"),
        "leader": stage.account("department_leader"),
    }
    await set_up(stage.staff, stage.province, stage.members, books, **who, say=lambda _: None)
    await stage.quiet()
