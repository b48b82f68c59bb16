"""What comes from outside as a time lies in a century; whatever is reckoned from it stays in the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.clock import end_of_day, start_of_day
from shared.instants import EARLIEST, LATEST, Day, Instant, parse_day, parse_instant
from shared.problems import Problem


@given(st.datetimes(timezones=st.timezones()))
def test_any_time_is_read_as_itself_or_refused_as_malformed(instant: datetime) -> None:
    if EARLIEST <= instant <= LATEST:
        assert parse_instant(instant.isoformat(), "at") == instant.astimezone(UTC)
    else:
        with pytest.raises(Problem):
            parse_instant(instant.isoformat(), "at")


@given(st.dates())
def test_any_day_is_read_as_itself_with_a_beginning_and_an_end_or_refused_as_malformed(day: date) -> None:
    if EARLIEST.date() <= day <= LATEST.date():
        assert parse_day(day.isoformat(), "as_of") == day
        assert start_of_day(day) < end_of_day(day)
    else:
        with pytest.raises(Problem):
            parse_day(day.isoformat(), "as_of")


@pytest.mark.parametrize("text", ["2020-02-30", "2020-13-01", "0000-01-01", "9999-12-31", "0001-01-01", "1999-12-31"])
def test_what_looks_like_a_day_and_is_none_is_malformed(text: str) -> None:
    with pytest.raises(Problem) as fault:
        parse_day(text, "as_of")
    assert fault.value.kind.status == 400
    assert text not in (fault.value.detail or "")


def test_what_does_not_look_like_a_day_is_left_to_the_reader_of_instants() -> None:
    assert parse_day("2020-12-28T09:15:02Z", "as_of") is None
    assert parse_instant("2020-12-28T09:15:02+07:00", "as_of") == datetime(2020, 12, 28, 2, 15, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "text"), [(Day, "9999-12-31"), (Day, "0001-01-01"), (Instant, "0001-01-01T00:00+14:00")]
)
def test_a_body_has_the_same_bounds(kind: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_json(f'"{text}"')
