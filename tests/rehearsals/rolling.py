"""Every process is replaced under webhooks and reads: none of them fails, no event is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from deploy.local.paths import LocalPaths
from shared.clock import utc_now
from tests.chaos.rolling import roll
from tests.rehearsals.stage import say, staged

PEOPLE = 150
PER_S = 25.0
BEFORE_S = 8.0
GATEWAYS = 2
LAYOUT: Mapping[str, Sequence[str]] = dict.fromkeys(
    ("roster", "grading", "certificates", "reporting"), ("api", "api", "consume", "relay", "work")
)


async def rehearse(paths: LocalPaths) -> dict[str, Any]:
    """The figures."""
    async with staged(paths, LAYOUT, people=PEOPLE, gateways=GATEWAYS) as stage:
        with stage.load(PER_S) as load:
            await asyncio.sleep(2.0)  # the first calls of a process are its slowest
            before = utc_now()
            await asyncio.sleep(BEFORE_S)  # the load's pace
            deploying, began = utc_now(), monotonic()
            say("the deploy begins")
            await roll(stage.stack)
            deployed, took = utc_now(), monotonic() - began
            say("the deploy is over")
            await asyncio.sleep(2.0)  # the load's pace
        await stage.quiet()
        return {
            "rehearsal": "rolling",
            "processes": len(stage.stack.members),
            "deploy_s": round(took, 1),
            "calls": len(load.answers),
            "failed": load.failed(),
            "events": len(load.acknowledged),
            "lost": await stage.lost(load.acknowledged),
            "parked": await stage.parked(),
            "otherwise": (await stage.otherwise())[:10],
            "p99_ms": {
                kind: {
                    "before": load.p99_ms(kind, before, deploying),
                    "during": load.p99_ms(kind, deploying, deployed),
                }
                for kind in ("webhook", "read")
            },
        }
