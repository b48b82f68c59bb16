"""How a report is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.reporting.domain.stages import BY_NAME, Owner, StageName
from shared.clock import end_of_day
from shared.instants import Day, parse_day, parse_instant

_PLUS_LOST = re.compile(r"(T[0-9:.]+) (\d{2}:\d{2})")


class AskedQuery(BaseModel):
    """What every figure is asked of. `unit` and `offering` take an id, or a unit's or a course's code."""

    unit: str | None = Field(None, min_length=1, max_length=100)
    offering: str | None = Field(None, min_length=1, max_length=100)
    as_of: str | None = Field(None, max_length=40)
    structure: Literal["then", "today"] = "then"


class StandingsQuery(AskedQuery):
    """The query of `GET /reports/coverage/enrolments`."""

    stage: StageName | None = None
    owner: Owner | None = None
    class_id: UUID | None = Field(None, alias="class")
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = None


class ReportQuery(AskedQuery):
    """The query of `GET /reports/{name}`. `from` and `to` are Vietnamese days, both inclusive, for the reports that run
    over days. `version`: what the ETag of an earlier answer named; 412 where the report says something else by now, so
    that a file equals what was shown."""

    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
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


def standing_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """One item of `GET /reports/coverage/enrolments`."""
    stage = BY_NAME[row["stage"]]
    names = ("person_id", "class_id", "unit_id", "offering_id", "course", "subject", "level", "audience", "kind")
    return (
        {"enrolment_id": row["seat_id"]}
        | {name: row[name] for name in names}
        | {"stage": stage.name, "holder": stage.holder, "owner": stage.owner, "since": row["since"]}
    )
