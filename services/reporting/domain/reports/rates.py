"""Rates that name what they divide, rounded once, and ranks that compare exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from services.reporting.domain.reports.frame import Counts, Document, Rate

_FRACTION: Final = 10


def percent(numerator: int, denominator: int) -> str | None:
    """Half-up to one place, exactly: 22,119/48,145 is 45.9. None of nothing."""
    if denominator <= 0:
        return None
    tenths = (2 * 100 * _FRACTION * numerator + denominator) // (2 * denominator)
    return f"{tenths // _FRACTION}.{tenths % _FRACTION}"


def rate_of(rate: Rate, counts: Counts, numbers: Mapping[str, int]) -> Document:
    """A rate with its numerator, its denominator and what both count (REP-1, REP-3)."""
    numerator, denominator = numbers[rate.numerator], numbers[rate.denominator]
    return {
        "numerator": numerator,
        "denominator": denominator,
        "counts": counts,
        "percent": percent(numerator, denominator),
    }


def ranks(rates: Mapping[UUID, tuple[int, int]]) -> dict[UUID, int]:
    """Place of each unit by numerator / denominator, compared exactly; equals share a place, nothing to divide by has
    none."""
    rated = {unit: pair for unit, pair in rates.items() if pair[1] > 0}
    return {
        unit: 1 + sum(one * denominator > numerator * other for one, other in rated.values())
        for unit, (numerator, denominator) in rated.items()
    }
