"""Until when a report is asked for: an instant, a Vietnamese day, or now; never a time far from ours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.reporting.schemas import instant_of
from shared.problems import Problem

NOW = datetime(2021, 1, 25, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        (None, NOW),
        ("2020-12-31", datetime(2020, 12, 31, 16, 59, 59, 999_999, tzinfo=UTC)),
        ("2020-12-31T23:59:59+07:00", datetime(2020, 12, 31, 16, 59, 59, tzinfo=UTC)),
        ("2020-12-31T23:59:59 07:00", datetime(2020, 12, 31, 16, 59, 59, tzinfo=UTC)),
        ("2100-01-01", datetime(2100, 1, 1, 16, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_day_is_meant_to_its_end_and_an_instant_exactly(text: str | None, instant: datetime) -> None:
    assert instant_of(text, NOW) == instant


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31",
        "0001-01-01",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "2020-02-30",
        "today",
        "",
        "2020-12-31T23:59:59",
    ],
)
def test_what_is_no_time_or_far_from_ours_is_malformed(text: str) -> None:
    with pytest.raises(Problem) as fault:
        instant_of(text, NOW)
    assert fault.value.kind.status == 400
