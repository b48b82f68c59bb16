"""What an offering declares the course to have. The declared numbers rule, whatever an event says.

Roster takes no offering whose composition its scheme could not judge (shared/events/schemes.py).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Composition:
    """How many documents, graphics, videos and tasks, the quiz's size, the essays' names (NFC)."""

    document: int
    graphic: int
    video: int
    task: int
    questions: int
    essays: tuple[str, ...]

    def __post_init__(self) -> None:
        # Evidence names essays in NFC; a name declared in decomposed form would never meet them.
        object.__setattr__(self, "essays", tuple(unicodedata.normalize("NFC", name) for name in self.essays))
