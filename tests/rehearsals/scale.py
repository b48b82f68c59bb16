"""A service's consumers go from one process to four and back while the course plays: the totals stay right."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from deploy.local.paths import LocalPaths
from deploy.local.stack import Stack
from deploy.local.vendor.client import VendorClient
from shared.clock import utc_now
from tests.chaos.healing import back
from tests.rehearsals.stage import Stage, say, staged

PEOPLE = 150
SCALED = ("grading", "reporting")
MOST = 4
LAYOUT: Mapping[str, Sequence[str]] = {
    service: ("api", *(["consume"] * (MOST if service in SCALED else 1)), "relay", "work")
    for service in ("roster", "grading", "certificates", "reporting")
}
EXTRA = tuple(f"{service}-consume-{number}" for service in SCALED for number in range(2, MOST + 1))


async def rehearse(paths: LocalPaths) -> dict[str, Any]:
    """The figures: events a second from the first call until every service has come to rest, by number of consumers."""
    async with staged(paths, LAYOUT, people=PEOPLE) as stage:
        await fewer(stage.stack)
        await stage.quiet()
        third = len(stage.deliveries) // 3
        parts = [stage.deliveries[at : at + third] for at in (0, third)] + [stage.deliveries[2 * third :]]
        record = stage.stack.paths.vendor_events
        phases: list[dict[str, Any]] = []
        async with VendorClient(stage.stack.gateway_url, stage.secret, record, utc_now) as vendor:
            for consumers, change, part in zip((1, MOST, 1), (None, more, fewer), parts, strict=True):
                say(f"{consumers} consumers")
                began = monotonic()
                playing = asyncio.create_task(vendor.play(part))
                if change is not None:
                    await asyncio.sleep(1.0)  # under load
                    await change(stage.stack)
                await playing
                await stage.quiet()
                took = monotonic() - began
                events = sum(len(one.events) for one in part)
                phases.append({"consumers": consumers, "events": events, "events_per_s": round(events / took)})
        return {
            "rehearsal": "scale",
            "services": SCALED,
            "phases": phases,
            "parked": await stage.parked(),
            "otherwise": (await stage.otherwise())[:10],
            "unequal": await unequal(stage),
        }


async def unequal(stage: Stage) -> list[str]:
    """Where the report and grading's own list count differently."""
    figures = await stage.figures()
    officer = stage.account("province_officer")
    results = await stage.staff.every(officer, "/api/v1/results")
    counted = {
        "enrolments": len(results),
        "lms_met": sum(one["gates"]["lms"]["state"] == "met" for one in results),
        "graded": sum(one["scores"]["total"] is not None for one in results),
    }
    return [f"{name}: {figures[name]} in the report, {n} results" for name, n in counted.items() if figures[name] != n]


async def fewer(stack: Stack) -> None:
    """All but one consumer of each service end and stay away."""
    for name in EXTRA:
        stack.supervisor.hold(name)
        running = stack.supervisor.pids().get(name)
        if running is not None:
            os.kill(running, signal.SIGTERM)
    async with asyncio.timeout(60):
        while any(name in stack.supervisor.pids() for name in EXTRA):  # noqa: ASYNC110  # processes tell nobody
            await asyncio.sleep(0.1)


async def more(stack: Stack) -> None:
    """They are started again."""
    for name in EXTRA:
        stack.supervisor.release(name)
    for name in EXTRA:
        await back(stack, name, None)
