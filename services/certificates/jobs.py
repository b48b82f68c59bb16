"""What the `work` process does by itself: gives numbers, draws papers, binds print runs."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.adapters.drawing import Drawers
from services.certificates.store.candidates import WAITING
from services.certificates.store.certificates import UNDRAWN
from services.certificates.store.print_runs import WAITING as RUNS_WAITING
from services.certificates.use_cases.drawing import draw_undrawn
from services.certificates.use_cases.issuing import issue_waiting
from services.certificates.use_cases.printing import bind_next
from shared.clock import new_id, new_token, utc_now
from shared.jobs import Job
from shared.objects import Objects


def jobs(engine: AsyncEngine, public_url: str, drawers: Drawers, objects: Objects) -> tuple[Job, ...]:
    """The worker's jobs; several workers share the rows by SKIP LOCKED."""

    async def issue() -> int:
        return await issue_waiting(engine, public_url, now=utc_now(), new_id=new_id, new_token=new_token)

    async def draw() -> int:
        return await draw_undrawn(engine, drawers, objects, now=utc_now())

    async def bind() -> int:
        return await bind_next(engine, objects, utc_now)

    return (
        Job(name="issue", run=issue, backlog=WAITING, idle_s=0.5),
        Job(name="draw", run=draw, backlog=UNDRAWN, idle_s=0.5),
        Job(name="bind", run=bind, backlog=RUNS_WAITING, idle_s=0.5),
    )
