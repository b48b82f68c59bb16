"""How a report is asked for."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from shared.clock import end_of_day
from shared.instants import Day, parse_day, parse_instant

_PLUS_LOST = re.compile(r"(T[0-9:.]+) (\d{2}:\d{2})")


class ReportQuery(BaseModel):
    """The query of `GET /reports/{name}`. `unit` and `offering` take an id, or a unit's or a course's code; `from` and
    `to` are Vietnamese days, both inclusive, for the reports that run over days. `version`: what the ETag of an earlier
    answer named; 412 where the report says something else by now, so that a file equals what was shown."""

    unit: str | None = Field(None, min_length=1, max_length=100)
    offering: str | None = Field(None, min_length=1, max_length=100)
    as_of: str | None = Field(None, max_length=40)
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    structure: Literal["then", "today"] = "then"
    format: Literal["json", "csv", "xlsx"] = "json"
    version: str | None = Field(None, pattern="^[0-9a-f]{32}$")


def instant_of(text: str | None, now: datetime) -> datetime:
    """An instant is exact; a date means the end of that Vietnamese day; nothing means now.

    Raises Problem 400. A "+" that was not escaped in the address arrives as a blank and is read all the same.
    """
    if text is None:
        return now
    day = parse_day(text, "as_of")
    if day is not None:
        return end_of_day(day)
    return parse_instant(_PLUS_LOST.sub(r"\1+\2", text), "as_of")
