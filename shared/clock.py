"""Where time, ids and chance enter: at the edge, once per request or batch, and from there as arguments."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import uuid_utils.compat

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
"""Deadlines and days of reports are Vietnamese days; everything stored is UTC."""

NewId = Callable[[], UUID]


def utc_now() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A UUIDv7: sorts by the time it was made, so indexes grow at their end."""
    return uuid_utils.compat.uuid7()


def new_token() -> str:
    """128 random bits, URL-safe: what nobody can guess."""
    return secrets.token_urlsafe(16)


def vietnamese_day(instant: datetime) -> date:
    """The calendar day of an instant in Vietnam."""
    return instant.astimezone(VIETNAM).date()


def start_of_day(day: date) -> datetime:
    """The first instant (UTC) of a Vietnamese day."""
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The last microsecond (UTC) of a Vietnamese day."""
    return start_of_day(day + timedelta(days=1)) - timedelta(microseconds=1)
