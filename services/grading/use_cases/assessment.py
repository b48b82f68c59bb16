"""Assessing results: asks the domain, writes and says what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.grading.domain.assessment import Assessment, assess
from services.grading.store import enrolments as store
from services.grading.store.enrolments import Key, Written
from services.grading.use_cases import wire
from services.grading.use_cases.cases import Read, Schemes, read
from shared import outbox
from shared.clock import NewId
from shared.database import fault_name, is_transient, retrying
from shared.events.registry import encode
from shared.outbox import Said

log = structlog.get_logger()


BATCH = 200


BREATH = 50
"""Cases between two turns of the event loop: health and heartbeats share it."""


async def assess_and_say(
    connection: AsyncConnection,
    reads: Iterable[Read],
    *,
    now: datetime,
    new_id: NewId,
    traceparent: str | None,
) -> dict[Key, Assessment]:
    """Assesses, and writes and says those results that differ from what was said last."""
    assessments: dict[Key, Assessment] = {}
    rows: list[Written] = []
    said: list[Said] = []
    for place, one in enumerate(reads):
        if place % BREATH == BREATH - 1:
            await asyncio.sleep(0)
        assessment = assess(one.case)
        assessments[one.key] = assessment
        result = wire.result(one, assessment)
        data = encode(result)
        if data == one.before:
            continue
        rows.append(Written(one.key, result.status, data, wire.unmarked(result)))
        said.append(Said(event=wire.event_of(one.said, result), aggregate_id=one.key[1], state=result))
    if rows:
        await store.write_results(connection, rows)
        await outbox.append(connection, said, now=now, new_id=new_id, traceparent=traceparent)
    return assessments


class _UnassessableError(Exception):
    """A batch that would fail again; its marks are where they were."""

    def __init__(self, enrolments: Sequence[UUID], fault: Exception) -> None:
        super().__init__(f"{len(enrolments)} enrolments")
        self.enrolments = enrolments
        self.fault = fault


async def assess_pending(engine: AsyncEngine, schemes: Schemes, *, now: datetime, new_id: NewId) -> int:
    """One batch of what evidence, enrolments and certificates have marked; answers how many enrolments it assessed.

    A case that cannot be assessed keeps its marks and holds up no other: its batch is gone through one by one.
    Raises what is transient, and the fault of such a case where there was nothing else to do.
    """

    def take(limit: int, leaving: Sequence[UUID]) -> Awaitable[int]:
        return retrying(lambda: _assess_marked(engine, schemes, limit, leaving, now, new_id))

    try:
        return await take(BATCH, ())
    except _UnassessableError as failed:
        last = failed
    assessed, left = 0, list[UUID]()
    for _ in range(BATCH):
        try:
            if not await take(1, left):
                break
            assessed += 1
        except _UnassessableError as failed:
            left += failed.enrolments
            last = failed
    if not assessed:
        raise last.fault
    log.error("not_assessed", enrolments=[str(one) for one in left], fault=fault_name(last.fault))
    return assessed


async def _assess_marked(
    engine: AsyncEngine, schemes: Schemes, limit: int, leaving: Sequence[UUID], now: datetime, new_id: NewId
) -> int:
    async with engine.begin() as connection:
        marks = await store.take_pending(connection, limit, leaving)
        if not marks:
            return 0
        try:
            await outbox.lock(connection, "result", marks)
            reads = await read(connection, list(marks), schemes)
            trace = next((trace for trace in marks.values() if trace is not None), None)
            await assess_and_say(connection, reads, now=now, new_id=new_id, traceparent=trace)
        except Exception as fault:
            if is_transient(fault):
                raise
            raise _UnassessableError([enrolment_id for _, enrolment_id in marks], fault) from fault
        return len(marks)
