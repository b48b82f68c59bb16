"""Durable webhook events a second of one grading process, against one INSERT of the same rows and nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from deploy.local.postgres import EmbeddedPostgres
from services.grading.store.sources import Source
from services.grading.use_cases.deliveries import read_delivery
from services.grading.use_cases.intake import Intake
from shared.clock import new_id, utc_now
from shared.database import make_engine
from tests.support.databases import Databases, local_folder

EVENTS = 50_000
BATCH = 500
TOGETHER = 8
PROVINCE = UUID(int=80)


def _body(start: int) -> bytes:
    events = [
        {
            "id": f"bench-{number:09d}",
            "type": "material.completed",
            "timestamp": "2020-12-01T09:15:02.120+07:00",
            "learner": {"account": f"gv.{number % 10_000:06d}@longan.edu.vn"},
            "course": "CBQL-TH-M1",
            "data": {"material": f"tai-lieu-{number % 15}", "kind": "document", "of": 4},
        }
        for number in range(start, start + BATCH)
    ]
    return msgspec.json.encode({"events": events})


async def measure() -> dict[str, Any]:
    """Reads and commits 50,000 events in deliveries of 500, eight at a time."""
    bodies = [_body(start) for start in range(0, EVENTS, BATCH)]
    with local_folder("bench") as paths, EmbeddedPostgres(paths) as server:
        urls = await asyncio.to_thread(Databases(server, paths).urls, "grading")
        engine = make_engine(urls["api"])
        intake, source = Intake(engine, new_id), Source(PROVINCE, "bench")

        async def deliver(number: int, body: bytes) -> None:
            incoming = read_delivery(body, webhook_id=f"bench-{number}", now=utc_now(), new_id=new_id, traceparent=None)
            await intake.take(source, incoming, utc_now())

        started = perf_counter()
        waiting = iter(enumerate(bodies))

        async def worker() -> None:
            for number, body in waiting:
                await deliver(number, body)

        await asyncio.gather(*(worker() for _ in range(TOGETHER)))
        value = EVENTS / (perf_counter() - started)
        await engine.dispose()
        limit = await _limit(urls["owner"], bodies)
    return {"value": round(value, 1), "unit": "events/s", "limit": round(limit, 1)}


async def _limit(dsn: str, bodies: list[bytes]) -> float:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE bench (id text PRIMARY KEY, at timestamptz, body bytea)")
    rows = [[event["id"] for event in msgspec.json.decode(body)["events"]] for body in bodies]
    started = perf_counter()
    for ids in rows:
        await connection.execute(
            "INSERT INTO bench SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bytea[])",
            ids,
            [datetime(2020, 12, 1, tzinfo=UTC)] * len(ids),
            [b"x" * 230] * len(ids),
        )
    elapsed = perf_counter() - started
    await connection.close()
    return EVENTS / elapsed
