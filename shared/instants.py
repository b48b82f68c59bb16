"""Instants and days that come from outside, within bounds in which no sum of ours leaves the calendar."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from shared import problems
from shared.problems import Problem

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

Day = Annotated[date, Field(ge=EARLIEST.date(), le=LATEST.date())]
"""A day in a body that time is reckoned from; a birth date is none."""
Instant = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
"""An instant in a body."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_instant(text: str, what: str) -> datetime:
    """RFC 3339 with a zone, to UTC. Raises Problem 400 naming the field: not of this form, or out of 2000 to 2100."""
    try:
        instant = datetime.fromisoformat(text.strip())
        if instant.tzinfo is None:
            raise ValueError
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(problems.BAD_REQUEST, detail=f"{what}: RFC 3339") from None
    if not EARLIEST <= instant <= LATEST:
        raise _out_of_bounds(what)
    return instant


def parse_day(text: str, what: str) -> date | None:
    """A day written YYYY-MM-DD; None for any other form, which may be an instant. Raises Problem 400 for what is no day
    of the calendar, or one out of 2000 to 2100."""
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Problem(problems.BAD_REQUEST, detail=what) from None
    if not EARLIEST.date() <= day <= LATEST.date():
        raise _out_of_bounds(what)
    return day


def _out_of_bounds(what: str) -> Problem:
    return Problem(problems.BAD_REQUEST, detail=f"{what}: {EARLIEST.year}-{LATEST.year}")
