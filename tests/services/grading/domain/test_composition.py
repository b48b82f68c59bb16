"""What a course must have before it can open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.grading.domain.composition import Composition, CompositionProblem, check
from services.grading.domain.scheme import parse
from tests.services.grading.domain.course import COURSE, MANAGERS, definition


@pytest.mark.parametrize(
    ("composition", "problems"),
    [
        (COURSE, []),
        (replace(COURSE, document=0, graphic=0, video=0, task=0), []),
        (replace(COURSE, questions=0), []),
        (replace(COURSE, essays=()), []),
        (replace(COURSE, questions=0, essays=()), [CompositionProblem.NO_PROCESS]),
        (replace(COURSE, video=-1), [CompositionProblem.NEGATIVE]),
        (replace(COURSE, essays=("a", "a")), [CompositionProblem.ESSAY_TWICE]),
        (replace(COURSE, essays=("số", "số")), [CompositionProblem.ESSAY_TWICE]),
        (replace(COURSE, essays=(" ",)), [CompositionProblem.ESSAY_NAME]),
    ],
)
def test_what_keeps_a_course_from_opening_is_named(
    composition: Composition, problems: list[CompositionProblem]
) -> None:
    assert check(composition, MANAGERS) == problems


def test_a_scheme_that_does_not_judge_the_process_needs_no_quiz_and_no_essay() -> None:
    scheme = parse(definition() | {"weights": {"diligence": "0.1", "process": "0", "final": "0.9"}})
    assert check(replace(COURSE, questions=0, essays=()), scheme) == []
