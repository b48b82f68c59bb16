"""When a learner may study. Days are Vietnamese days (SCH-1 to SCH-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
PERSONAL_DAYS = 15

Kind = Literal["common", "personal", "extension"]


class BadWindowError(ValueError):
    """A window that ends before it begins, or an extension that takes time away."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens_at` to `closes_at`, both included, UTC."""

    kind: Kind
    opens_at: datetime
    closes_at: datetime


def last_moment(start: datetime, days: int) -> datetime:
    """ "N days" = start + N, the first day excluded, to 23:59:59 of that day in Vietnam (24/12 + 15 -> 08/01)."""
    day = start.astimezone(VIETNAM).date() + timedelta(days=days)
    return datetime.combine(day, time(23, 59, 59, 999_999), VIETNAM).astimezone(UTC)


def personal(windows: list[Window], opens_at: datetime, could_study_at: datetime | None) -> list[Window]:
    """The windows with the personal one set (SCH-3): from the later of the course's opening and the first moment the
    person could log in and enrol, for 15 days; then it locks by itself. Who could not yet keeps the common window.

    Set again where the moment turns out to be another; extensions stay as they are (SCH-4).
    """
    if could_study_at is None:
        return windows
    start = max(opens_at, could_study_at)
    own = Window("personal", start, last_moment(start, PERSONAL_DAYS))
    return [*(w for w in windows if w.kind == "common"), own, *(w for w in windows if w.kind == "extension")]


def extended(windows: list[Window], at: datetime, closes_at: datetime) -> list[Window]:
    """The windows with one more; earlier ends stay in the history, widening after the lock opens again (SCH-4).

    Raises BadWindowError where the new end is not after every end there is.
    """
    if closes_at <= max(window.closes_at for window in windows):
        raise BadWindowError("an extension ends after the windows there are")
    if closes_at <= at:
        raise BadWindowError("an extension ends in the future")
    opens_at = min(at, max(window.closes_at for window in windows))
    return [*windows, Window("extension", opens_at, closes_at)]
