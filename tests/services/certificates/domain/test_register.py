"""Patterns and numbers."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certificates.domain.register import Asked, BadPatternError, allot, check_pattern, text_of

PROVINCES = (UUID(int=1), UUID(int=2))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{number:04d}/{year}/GCN", "0007/2021/GCN"),
        ("{year}-{number}", "2021-7"),
        ("{number:01d}.{year:06d}", "7.002021"),
    ],
)
def test_a_pattern_says_the_number_and_the_year_once(pattern: str, text: str) -> None:
    check_pattern(pattern)
    assert text_of(pattern, 2021, 7) == text


def test_a_number_longer_than_its_place_is_whole() -> None:
    assert text_of("{number:02d}/{year}", 2021, 12_345) == "12345/2021"


@pytest.mark.parametrize(
    "pattern",
    ["", "{number}", "{year}", "{number}{number}{year}", "{number}/{year}/{x}", "{number}/{year}}",
     "{number:4d}/{year}", "{number!r}/{year}", "{number.__class__}/{year}", "{number}/{year}" + "a" * 80],
)  # fmt: skip
def test_any_other_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(BadPatternError):
        check_pattern(pattern)


registers = st.tuples(st.sampled_from(PROVINCES), st.sampled_from("AB"), st.sampled_from((2020, 2021)))


@given(st.lists(registers), st.dictionaries(registers, st.integers(0, 99)))
def test_every_register_goes_on_without_a_gap_in_the_order_asked(
    asked: list[tuple[UUID, str, int]], last: dict[tuple[UUID, str, int], int]
) -> None:
    given_out, reached = allot([Asked(i, one, "{number}/{year}") for i, one in enumerate(asked)], last)
    assert [what for what, _ in given_out] == list(range(len(asked)))
    for register in {*asked, *last}:
        mine = [n.number for (_, n), one in zip(given_out, asked, strict=True) if one == register]
        begins = last.get(register, 0)
        assert mine == list(range(begins + 1, begins + 1 + len(mine)))
        assert reached.get(register, 0) == begins + len(mine)
