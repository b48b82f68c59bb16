"""Exact scores and how they are shown."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grading.domain.exact import in_full, on_scale, over, plus, shown

RATIOS = st.tuples(st.integers(0, 10**6), st.integers(1, 10**4))


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        ((49995, 1000), "50.00"),
        ((49994, 1000), "49.99"),
        ((200, 3), "66.67"),
        ((1, 200), "0.01"),
        ((0, 7), "0.00"),
        ((100, 1), "100.00"),
        (None, None),
    ],
)
def test_scores_show_two_places_half_up(ratio: tuple[int, int] | None, text: str | None) -> None:
    assert shown(ratio) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [((100, 2), "50"), ((49995, 1000), "49.995"), ((1, 16), "0.0625"), ((100, 3), "33.3333333333")],
)
def test_a_reason_gives_the_total_in_full(ratio: tuple[int, int], text: str) -> None:
    assert in_full(ratio) == text


@given(RATIOS, RATIOS)
def test_sums_and_comparisons_agree_with_fractions(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert Fraction(*plus(one, other)) == Fraction(*one) + Fraction(*other)
    assert (over(one, other) > 0) == (Fraction(*one) > Fraction(*other))
    assert (over(one, other) == 0) == (Fraction(*one) == Fraction(*other))


@given(st.decimals(0, 10, places=2))
def test_a_mark_is_carried_to_the_scale_exactly(score: Decimal) -> None:
    assert Fraction(*on_scale(score, Decimal(10), 100)) == Fraction(score) * 10
