"""Numbers: unique per issuer and year, without a gap; a void number stays, marked void (rule CER-3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_PLACES = re.compile(r"\{(number|year)(?::0([1-9])d)?\}")


class BadPatternError(ValueError):
    """A number pattern that would not give each number its own text."""


@dataclass(frozen=True)
class Number:
    """One entry of a register."""

    year: int
    number: int
    text: str


def check_pattern(pattern: str) -> None:
    """A pattern like `{number:04d}/{year}/GCN-HVQLGD`: the number once, the year once, nothing else in braces.

    The pattern is data (the symbol differs from agency to agency: NĐ 30/2020, Phụ lục I). Raises BadPatternError.
    """
    names = [name for name, _ in _PLACES.findall(pattern)]
    if sorted(names) != ["number", "year"]:
        raise BadPatternError("a pattern has {number} and {year}, each once")
    if "{" in _PLACES.sub("", pattern) or "}" in _PLACES.sub("", pattern):
        raise BadPatternError("a pattern has no other braces")
    if not 0 < len(pattern) <= 80:
        raise BadPatternError("a pattern has 1 to 80 characters")


def text_of(pattern: str, year: int, number: int) -> str:
    """The number as it is printed."""
    values = {"number": number, "year": year}
    return _PLACES.sub(lambda m: str(values[m[1]]).zfill(int(m[2] or 0)), pattern)


def allot(
    asked: Iterable[tuple[T, str, int]], last: Mapping[tuple[str, int], int], patterns: Mapping[str, str]
) -> tuple[list[tuple[T, Number]], dict[tuple[str, int], int]]:
    """Gives `(what, issuer, year)` the next numbers, in their order; answers them and the registers' new last ones."""
    reached = dict(last)
    given: list[tuple[T, Number]] = []
    for what, issuer, year in asked:
        number = reached.get((issuer, year), 0) + 1
        reached[issuer, year] = number
        given.append((what, Number(year, number, text_of(patterns[issuer], year, number))))
    return given, reached
