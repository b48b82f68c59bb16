"""Windows: fifteen days, the first one excluded, to the end of the Vietnamese day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.roster.domain.windows import BadWindowError, Window, extended, last_moment, personal

VN = ZoneInfo("Asia/Ho_Chi_Minh")
COMMON = Window("common", datetime(2020, 12, 1, tzinfo=UTC), datetime(2020, 12, 20, tzinfo=UTC))


@pytest.mark.parametrize(("start", "end"), [((2020, 12, 24), "2021-01-08"), ((2020, 12, 26), "2021-01-10")])
def test_fifteen_days_end_as_the_platform_says(start: tuple[int, int, int], end: str) -> None:
    for hour, minute in ((0, 0), (23, 59)):
        closes = last_moment(datetime(*start, hour, minute, tzinfo=VN), 15).astimezone(VN)
        assert closes.strftime("%Y-%m-%d %H:%M:%S") == f"{end} 23:59:59"


def test_who_could_not_log_in_keeps_the_common_window() -> None:
    assert personal([COMMON], COMMON.opens_at, None) == [COMMON]


@given(st.integers(0, 90 * 24 * 60))
def test_a_personal_window_begins_at_the_later_moment_and_is_set_once(minutes: int) -> None:
    moment = datetime(2020, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    once = personal([COMMON], COMMON.opens_at, moment)
    assert personal(once, COMMON.opens_at, moment) == once
    own = once[-1]
    assert own.opens_at == max(COMMON.opens_at, moment)
    assert timedelta(days=15) <= own.closes_at - own.opens_at < timedelta(days=16)


def test_an_extension_never_takes_time_away() -> None:
    at = datetime(2020, 12, 22, tzinfo=UTC)
    with pytest.raises(BadWindowError):
        extended([COMMON], at, COMMON.closes_at)
    with pytest.raises(BadWindowError):
        extended([COMMON], at, at - timedelta(hours=1))
    later = at + timedelta(days=3)
    assert extended([COMMON], at, later) == [COMMON, Window("extension", COMMON.closes_at, later)]
