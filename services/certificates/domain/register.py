"""Numbers: unique per issuer and year, without a gap; a void number stays, marked void (rule CER-3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")

_PLACES = re.compile(r"\{(number|year)(?::0([1-9])d)?\}")


class BadPatternError(ValueError):
    """A number pattern that would not give each number its own text."""


Register = tuple[UUID, str, int]
"""(province_id, issuer code, year)"""


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


@dataclass(frozen=True)
class Asked(Generic[T]):
    """What asks for the next number of a register, and the pattern of its issuer on the day it counts from."""

    what: T
    register: Register
    pattern: str


def allot(
    asked: Iterable[Asked[T]], last: Mapping[Register, int]
) -> tuple[list[tuple[T, Number]], dict[Register, int]]:
    """Gives the next numbers in the order they are asked; answers them and the registers' new last ones."""
    reached = dict(last)
    given: list[tuple[T, Number]] = []
    for one in asked:
        number = reached.get(one.register, 0) + 1
        reached[one.register] = number
        year = one.register[2]
        given.append((one.what, Number(year, number, text_of(one.pattern, year, number))))
    return given, reached
