"""The whole course: platform events a second from the first webhook to the last certificate."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import datetime
from typing import Any

import asyncpg

from deploy.local import stack as local
from deploy.local.play import play_course
from deploy.local.ports import free_port
from deploy.local.sample import province as sample
from deploy.local.supervisor import Supervisor
from deploy.local.vendor import behaviour
from tests.benchmarks.limits import broker_to_table
from tests.support.databases import local_folder


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


async def measure() -> dict[str, Any]:
    """Plays the sample (DEMO_PEOPLE scales it) in a folder of its own; progress goes to standard error."""
    with local_folder("bench") as paths:
        async with Supervisor(paths, say=_say) as supervisor:
            stack = await local.start(paths, supervisor, free_port())
            totals = await play_course(stack, say=_say)
            with paths.vendor_events.open(encoding="utf-8") as lines:
                first = datetime.fromisoformat(json.loads(next(lines))["sent_at"])
            connection = await asyncpg.connect(stack.addresses["certificates"].worker)
            last = await connection.fetchval("SELECT max(recorded_at) FROM certificate")
            await connection.close()
            bodies = [
                event.body for event in behaviour.course_events(await asyncio.to_thread(sample.build, people=_people()))
            ]
            seconds = (last - first).total_seconds()
            broker = stack.environment["KAFKA_BOOTSTRAP"]
            limit = await broker_to_table(broker, stack.addresses["grading"].owner, bodies)
            return {
                "value": round(len(bodies) / seconds, 1),
                "unit": "events/s",
                "limit": round(limit, 1),
                "events": len(bodies),
                "certificates": totals.figures["certified"],
                "seconds": round(seconds, 1),
                "setup_seconds": round(totals.seconds - seconds, 1),
            }


def _people() -> int | None:
    people = os.environ.get("DEMO_PEOPLE")
    return int(people) if people else None
