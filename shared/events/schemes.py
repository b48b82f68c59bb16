"""The schemes that an offering may name: roster, which takes the name, and grading, which holds the rules, agree here.

A scheme is here from the version on in which every grading of the platform has its rules, and is never taken away:
enrolments name it for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Needs:
    """What a course must have to be judged by a scheme; `process`: a quiz or an essay."""

    process: bool


SCHEMES: Final[Mapping[tuple[str, int], Needs]] = MappingProxyType({("etep-managers-2020", 1): Needs(process=True)})
"""By id and version."""
