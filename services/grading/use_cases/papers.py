"""Papers that wait for a mark, within the caller's reach: by marker, and one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.domain.board import Grader, Held, Waiting
from services.grading.domain.board import board as added_up
from services.grading.store import papers as store
from services.grading.store.papers import Filter as Filter
from services.grading.store.papers import OfClass
from shared.database import transaction
from shared.events.roster import Enrolment
from shared.identity import Reach

_ENROLMENT = msgspec.json.Decoder(Enrolment)


async def board(engine: AsyncEngine, province_id: UUID, reach: Reach, asked: Filter) -> list[Held]:
    """Who holds how many, whoever holds the most first; only papers of learners within reach are counted."""
    async with transaction(engine, province_id) as connection:
        classes = await store.by_class(connection, province_id, reach, asked)
    return added_up(_waiting(one) for one in classes)


def _waiting(row: OfClass) -> Waiting:
    enrolment = _ENROLMENT.decode(row.state)
    return Waiting(
        class_id=row.class_id,
        code=enrolment.class_code,
        course=enrolment.offering.course,
        graders=tuple(Grader(one.person_id, one.account) for one in enrolment.graders),
        papers=row.papers,
        finals=row.finals,
        learners=row.learners,
        oldest_at=row.oldest_at,
    )


async def page(
    engine: AsyncEngine,
    province_id: UUID,
    reach: Reach,
    asked: Filter,
    *,
    after: tuple[datetime, UUID, str] | None,
    limit: int,
) -> tuple[list[Mapping[str, Any]], int]:
    """One page, the longest waiting first, each row with its `enrolment`; and how many there are in all."""
    async with transaction(engine, province_id) as connection:
        rows, total = await store.page(connection, province_id, reach, asked, after=after, limit=limit)
    return [{**row, "enrolment": _ENROLMENT.decode(row["state"])} for row in rows], total
