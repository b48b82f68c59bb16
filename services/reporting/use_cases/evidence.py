"""The line of one learner in the reports: where and from when to when she counts, and why. Names are roster's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.reporting.domain.reports.frame import head
from services.reporting.domain.stages import BY_NAME, Stage
from services.reporting.domain.units import Tree
from services.reporting.store import evidence as store
from services.reporting.store import units
from services.reporting.use_cases.asking import NotFoundError
from shared.audit import Act
from shared.clock import vietnamese_day
from shared.database import transaction
from shared.identity import Principal, Resource, Rule, allowed


async def line(
    snapshots: AsyncEngine, act: Act, principal: Principal, rule: Rule, enrolment_id: UUID
) -> dict[str, Any]:
    """The units she counts in (`then` as at the enrolment, `today` where her people stand now), the figures with the
    instants at which each began and ceased to hold, her stages. Raises NotFoundError where it is out of reach."""
    async with transaction(snapshots, act.province_id) as connection:
        seat = await store.of(connection, act.province_id, enrolment_id)
        if seat is None:
            raise NotFoundError
        known = await units.units(connection, act.province_id)
    today, then = Tree(known, vietnamese_day(act.at)), Tree(known, vietnamese_day(seat["enrolled_at"]))
    path = tuple(seat["unit_path"])
    # As for reports: scope is that of today's tree, whatever the unit was called or stood under at the enrolment.
    home = today.path(path[-1]) if path[-1] in today else path
    resource = Resource(
        unit_path=home, class_id=seat["class_id"], audience=seat["audience"], person_id=seat["person_id"]
    )
    if not allowed(principal, rule, resource):
        raise NotFoundError
    names = ("person_id", "class_id", "offering_id", "course", "subject", "level", "audience", "kind")
    dates = ("enrolled_at", "withdrawn_at", "with_account_at", "first_login_at")
    return {
        "enrolment_id": enrolment_id,
        **{name: seat[name] for name in (*names, *dates)},
        "counted_in": {
            "then": [head(then, unit) for unit in path],
            "today": [head(today, unit) for unit in today.home(path[-1])] if path[-1] in today else [],
        },
        "figures": seat["movements"],
        "stages": [_span(span, BY_NAME[span["stage"]]) for span in seat["stages"]],
        "certificates": seat["certificates"],
    }


def _span(span: dict[str, Any], stage: Stage) -> dict[str, Any]:
    title = {"vi": stage.vi, "en": stage.en}
    return span | {"title": title, "holder": stage.holder, "owner": stage.owner}
