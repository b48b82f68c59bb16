"""The day a list is asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.roster.api.lists import day_of
from shared.problems import Problem

NOW = datetime(2020, 12, 31, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (None, date(2021, 1, 1)),
        ("2020-12-31", date(2020, 12, 31)),
        ("2020-12-31T17:00:00Z", date(2021, 1, 1)),
        ("2100-01-01", date(2100, 1, 1)),
    ],
)
def test_a_day_is_a_vietnamese_one_and_nothing_is_today(text: str | None, day: date) -> None:
    assert day_of(text, NOW) == day


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "9999-12-31T23:59:59Z", "2020-02-30", "today", ""])
def test_what_is_no_day_or_far_from_ours_is_malformed(text: str) -> None:
    with pytest.raises(Problem) as fault:
        day_of(text, NOW)
    assert fault.value.kind.status == 400
