"""What an offering must be before it is taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.roster.domain.offerings import composition_faults, term_faults

OPENS = datetime(2020, 8, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("materials", "questions", "essays", "process", "paths"),
    [
        (3, 40, ["a", "b"], True, []),
        (0, 40, [], True, []),
        (0, 0, ["a"], True, []),
        (3, 0, [], False, []),
        (3, 0, [], True, [("composition",)]),
        (0, 0, [], False, [("composition",)]),
        (0, 0, [], True, [("composition",)]),
        (3, 40, ["a", "b", "a", "a"], True, [("composition", "essays", 2), ("composition", "essays", 3)]),
    ],
)
def test_a_composition_that_nobody_could_be_judged_by_is_named(
    materials: int, questions: int, essays: list[str], process: bool, paths: list[tuple[str | int, ...]]
) -> None:
    found = composition_faults(materials=materials, questions=questions, essays=essays, process=process)
    assert [fault.path for fault in found] == paths


@pytest.mark.parametrize(("later", "paths"), [(1, []), (0, [("closes_at",)]), (-1, [("closes_at",)])])
def test_a_course_closes_after_it_opens(later: int, paths: list[tuple[str]]) -> None:
    found = term_faults(level="primary", opens_at=OPENS, closes_at=OPENS + timedelta(seconds=later))
    assert [fault.path for fault in found] == paths


def test_an_unknown_level_is_named() -> None:
    found = term_faults(level=None, opens_at=OPENS, closes_at=OPENS + timedelta(days=1))
    assert [fault.path for fault in found] == [("level",)]
