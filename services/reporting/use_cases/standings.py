"""The enrolments behind the report `coverage`: who stands where since when, by ids; names are roster's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.reporting.domain.stages import STAGES
from services.reporting.store import standings as store
from services.reporting.store.standings import Narrowing
from services.reporting.use_cases import asking
from services.reporting.use_cases.asking import NotFoundError, Wanted
from shared.audit import Act
from shared.database import transaction
from shared.identity import Principal, Rule


async def page(
    snapshots: AsyncEngine,
    act: Act,
    principal: Principal,
    rule: Rule,
    wanted: Wanted,
    *,
    stage: str | None,
    owner: str | None,
    class_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> tuple[list[Mapping[str, Any]], int]:
    """One page in the order of enrolment ids, and how many there are in all: as many as the report counts.

    Raises NotFoundError where a unit is named and there is no such one within the grants the rule names.
    """
    stages = None
    if stage is not None or owner is not None:
        stages = [one.name for one in STAGES if stage in (None, one.name) and owner in (None, one.owner)]
    async with transaction(snapshots, act.province_id) as connection:
        try:
            found = await asking.find(connection, act, principal, rule, wanted)
        except NotFoundError:
            if wanted.unit is not None:
                raise
            return [], 0  # no unit of the caller's was heard of yet: a list of everybody within reach is empty
        counting = found.counter.counting(found.unit, wanted.as_of)
        return await store.page(connection, counting, Narrowing(stages, class_id), after=after, limit=limit)
