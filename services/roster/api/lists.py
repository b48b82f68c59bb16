"""Lists in pages: limits, what a principal reaches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Query

from shared import problems
from shared.clock import vietnamese_day
from shared.identity import Principal, Rule
from shared.instants import parse_day, parse_instant
from shared.problems import Problem

Limit = Annotated[int, Query(ge=1, le=500)]
DEFAULT_LIMIT = 50
Place = Annotated[int, msgspec.Meta(ge=0, le=32_767)]
"""A small number in a cursor; a larger one is none that we gave."""


def reach(principal: Principal, rule: Rule) -> set[UUID] | None:
    """The units whose subtrees the principal's grants open for a rule; None is the whole province."""
    grants = [grant for grant in principal.grants if grant.role in rule.roles]
    if any(grant.unit_id is None or grant.unit_id == principal.province_id for grant in grants):
        return None
    return {grant.unit_id for grant in grants if grant.unit_id is not None}


def province_of(principal: Principal) -> UUID:
    """The principal's province. Raises Problem 403 for who has none."""
    if principal.province_id is None:
        raise Problem(problems.FORBIDDEN)
    return principal.province_id


def day_of(text: str | None, now: datetime) -> date:
    """A day, or the Vietnamese day of an instant; now where nothing is said. Raises Problem 400."""
    if text is None:
        return vietnamese_day(now)
    return parse_day(text, "as_of") or vietnamese_day(parse_instant(text, "as_of"))
