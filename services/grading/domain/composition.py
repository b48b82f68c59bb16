"""What an offering declares the course to have. The declared numbers rule, whatever an event says."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from services.grading.domain.scheme import Scheme


class CompositionProblem(StrEnum):
    """Why an offering cannot open under a scheme."""

    NEGATIVE = "negative"
    ESSAY_NAME = "essay_name"
    ESSAY_TWICE = "essay_twice"
    NO_PROCESS = "no_process"


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


def check(composition: Composition, scheme: Scheme) -> list[CompositionProblem]:
    """What keeps an offering of this composition from opening under the scheme; empty when nothing does.

    The process part is a mean of the quiz and the essays: a course with neither has nothing to take it from,
    and a part that does not exist is never a silent 0 (rule ASS-12). No materials and no tasks is allowed:
    the diligence part is then full, because nothing is left undone.
    """
    problems: list[CompositionProblem] = []
    numbers = (
        composition.document,
        composition.graphic,
        composition.video,
        composition.task,
        composition.questions,
    )
    if min(numbers) < 0:
        problems.append(CompositionProblem.NEGATIVE)
    if any(not name.strip() or len(name) > 200 or "\0" in name for name in composition.essays):
        problems.append(CompositionProblem.ESSAY_NAME)
    if len(set(composition.essays)) < len(composition.essays):
        problems.append(CompositionProblem.ESSAY_TWICE)
    if scheme.weight_process > 0 and composition.questions <= 0 and not composition.essays:
        problems.append(CompositionProblem.NO_PROCESS)
    return problems
