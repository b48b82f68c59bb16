"""Lists in pages: limits, what a principal reaches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Query

from shared.clock import vietnamese_day
from shared.identity import Principal, Rule, reach_of
from shared.instants import parse_day, parse_instant

Limit = Annotated[int, Query(ge=1, le=500)]
DEFAULT_LIMIT = 50
Place = Annotated[int, msgspec.Meta(ge=0, le=32_767)]
"""A small number in a cursor; a larger one is none that we gave."""


def reach(principal: Principal, rule: Rule) -> set[UUID] | None:
    """The units whose subtrees the principal's grants open for a rule; None is the whole province.

    A grant over a class or an audience opens no unit.
    """
    found = reach_of(principal, rule)
    return None if found.everything else set(found.units)


def day_of(text: str | None, now: datetime) -> date:
    """A day, or the Vietnamese day of an instant; now where nothing is said. Raises Problem 400."""
    if text is None:
        return vietnamese_day(now)
    return parse_day(text, "as_of") or vietnamese_day(parse_instant(text, "as_of"))
