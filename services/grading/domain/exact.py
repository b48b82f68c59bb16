"""Exact scores as pairs of integers, and how they are shown.

A mean over three essays does not end in decimals and a binary float puts some totals of exactly 50 below 50
(rule ASS-1). So a score is a pair (numerator, denominator > 0), not reduced, and every decision compares
whole numbers. Pairs rather than Fractions: reducing at each step would cost more than the assessment itself.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

Ratio = tuple[int, int]

PLACES_OF_ENDLESS = 10


def on_scale(score: Decimal, scale: Decimal, wanted: int) -> Ratio:
    """A mark carried from its own scale to the wanted one, exactly."""
    top, top_over = score.as_integer_ratio()
    bottom, bottom_over = scale.as_integer_ratio()
    return wanted * top * bottom_over, top_over * bottom


def plus(one: Ratio, other: Ratio) -> Ratio:
    """The exact sum; marks on one scale keep its denominator."""
    if one[1] == other[1]:
        return one[0] + other[0], one[1]
    return one[0] * other[1] + other[0] * one[1], one[1] * other[1]


def over(ratio: Ratio, threshold: Ratio) -> int:
    """Positive where the ratio is over the threshold, 0 where it is exactly on it, negative below."""
    return ratio[0] * threshold[1] - threshold[0] * ratio[1]


def shown(ratio: Ratio | None) -> str | None:
    """Two places, half up: 49.995 is shown as "50.00" although it does not pass."""
    if ratio is None:
        return None
    return _rounded(ratio, 2)


def in_full(ratio: Ratio) -> str:
    """All digits of a decimal that ends ("50", "49.995"), ten places of one that does not."""
    exact = Fraction(*ratio)
    rest, twos, fives = exact.denominator, 0, 0
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    places = max(twos, fives) if rest == 1 else PLACES_OF_ENDLESS
    return _rounded(ratio, places)


def fraction(ratio: Ratio | None) -> Fraction | None:
    """The exact value as one reduced number; None while it is open."""
    return None if ratio is None else Fraction(*ratio)


def _rounded(ratio: Ratio, places: int) -> str:
    top, bottom = ratio
    unit = 10**places
    whole, rest = divmod((2 * top * unit + bottom) // (2 * bottom), unit)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)
