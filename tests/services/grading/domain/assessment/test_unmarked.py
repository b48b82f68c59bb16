"""Papers that wait for a mark: which attempt, and since when their marker owes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.grading.domain.assessment import Unmarked, assess
from services.grading.domain.evidence import Evidence
from tests.services.grading.domain.course import at, case, essay, final, final_mark


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([], []),
        ([final(minute=5)], [("final", 1, 5)]),
        ([final(minute=5), final_mark("60", minute=9)], []),
        ([final_mark("60", minute=9)], []),
        # The marker owes since the first attempt that no mark has reached, whatever was handed in after it.
        ([final(minute=5), final(attempt=2, minute=8)], [("final", 2, 5)]),
        ([final(minute=5), final(attempt=2, minute=8), final_mark("60", minute=9)], [("final", 2, 8)]),
        ([final(minute=5), final(attempt=2, minute=8), final_mark("60", attempt=2, minute=9)], []),
        ([final(minute=5), final(minute=7)], [("final", 1, 5)]),
        (
            [essay("e2", minute=6), final(minute=5), essay("e1", minute=9)],
            [("essay:e1", 1, 9), ("essay:e2", 1, 6), ("final", 1, 5)],
        ),
        ([essay("e9", minute=6)], []),
    ],
)
def test_a_paper_waits_from_its_hand_in_to_its_mark(
    evidence: list[Evidence], expected: list[tuple[str, int, int]]
) -> None:
    assert assess(case(evidence)).unmarked == tuple(
        Unmarked(paper, attempt, at(minute)) for paper, attempt, minute in expected
    )


def test_nothing_is_owed_to_a_withdrawn_learner() -> None:
    assert assess(replace(case([final(minute=5)]), withdrawn_at=at(90))).unmarked == ()
