"""What the `work` process does by itself: assesses what was marked."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.store.enrolments import PENDING
from services.grading.use_cases.assessment import BATCH, assess_pending
from services.grading.use_cases.cases import Schemes
from shared.clock import new_id, utc_now
from shared.jobs import Job


def jobs(engine: AsyncEngine, schemes: Schemes) -> tuple[Job, ...]:
    """The worker's jobs; several workers share the marks by SKIP LOCKED."""

    async def assess() -> int:
        return await assess_pending(engine, schemes, now=utc_now(), new_id=new_id)

    return (Job(name="assess", run=assess, backlog=PENDING, idle_s=0.2, full=BATCH),)
