"""Engineered totals and the vendor's way of writing marks."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.sample.plan import MANAGERS_COMPOSITION, TEACHERS_COMPOSITION, Composition
from deploy.local.vendor.scores import BARELY_OVER_FIFTY, FIFTY, good, landing_on, poor, score_text, total


def own_total(correct: int, questions: int, essays: list[Fraction], final: Fraction) -> Fraction:
    process = (Fraction(100 * correct, questions) + sum(essays, Fraction(0)) / len(essays)) / 2
    return Fraction(10) + Fraction(3, 10) * process + Fraction(6, 10) * final


@given(st.integers(), st.sampled_from([MANAGERS_COMPOSITION, TEACHERS_COMPOSITION]))
def test_engineered_marks_land_exactly_as_the_vendor_writes_them(seed: int, course: Composition) -> None:
    for target in (FIFTY, BARELY_OVER_FIFTY):
        marks = landing_on(target, course, random.Random(seed))
        for scale in (10, 100):
            essays = [Fraction(Decimal(score_text(mark, scale))) * 100 / scale for mark in marks.essays]
            final = Fraction(Decimal(score_text(marks.final, scale))) * 100 / scale
            assert own_total(marks.correct, course.questions, essays, final) == target
            assert all(0 <= essay <= 100 for essay in essays)


@given(st.integers(), st.sampled_from([MANAGERS_COMPOSITION, TEACHERS_COMPOSITION]))
def test_good_marks_pass_even_without_one_essay_and_poor_ones_fail(seed: int, course: Composition) -> None:
    rng = random.Random(seed)
    passed = good(course, rng)
    least = total(passed, course) - max(Fraction(mark, 100) for mark in passed.essays) * Fraction(5, 100)
    assert least > 50
    assert total(poor(course, rng), course) < 50


@pytest.mark.parametrize(
    ("hundredths", "scale", "text"),
    [
        (10_000, 100, "100"),
        (10_000, 10, "10"),
        (7_850, 100, "78.5"),
        (7_850, 10, "7.85"),
        (5_525, 10, "5.525"),
        (5, 100, "0.05"),
        (0, 10, "0"),
    ],
)
def test_marks_are_written_without_needless_zeros(hundredths: int, scale: int, text: str) -> None:
    assert score_text(hundredths, scale) == text
