"""Facts survive storage as JSON."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grading.domain.evidence import EventType, Evidence, Facts, Mark, Marking, Points, from_json, read, to_json

NAMES = st.text(min_size=1, max_size=20).filter(lambda name: name.strip() != "" and "\0" not in name)
ATTEMPTS = st.integers(1, 9)
SCORES = st.decimals(0, 100, places=3).map(str)


def events() -> st.SearchStrategy[tuple[str, dict[str, object]]]:
    """Well-formed events of every type."""
    mark = {"attempt": ATTEMPTS, "score": SCORES, "scale": st.just("100"), "grader": NAMES}
    of = st.integers(1, 50)
    rating = st.integers(1, 5)
    shapes: dict[str, dict[str, st.SearchStrategy[object]]] = {
        "account.created": {},
        "account.first_login": {},
        "course.registered": {},
        "material.completed": {"material": NAMES, "kind": st.sampled_from(["document", "graphic", "video"]), "of": of},
        "task.completed": {"task": NAMES, "of": of},
        "quiz.submitted": {"attempt": ATTEMPTS, "questions": st.just(40), "correct": st.integers(0, 40)},
        "essay.submitted": {"essay": NAMES, "attempt": ATTEMPTS},
        "essay.graded": {"essay": NAMES, **mark},
        "final.submitted": {"attempt": ATTEMPTS},
        "final.graded": dict(mark),
        "profile.confirmed": {"correct": st.booleans(), "fields": st.lists(NAMES, max_size=3)},
        "survey.completed": {
            "answers": st.fixed_dictionaries({"content": rating, "organisation": rating, "staff": rating})
        },
        "question.asked": {"question": NAMES},
        "question.answered": {"question": NAMES},
        "test.graded": {
            "test": NAMES,
            "kind": st.sampled_from(["theory", "practice"]),
            "score": SCORES,
            "scale": st.just("100"),
        },
    }
    assert set(shapes) == set(EventType)
    return st.sampled_from(sorted(shapes)).flatmap(
        lambda event_type: st.tuples(st.just(event_type), st.fixed_dictionaries(shapes[event_type]))
    )


@given(events())
def test_what_is_stored_comes_back_the_same(event: tuple[str, dict[str, object]]) -> None:
    event_type, data = event
    facts: Facts = read(event_type, data)
    assert from_json(event_type, json.loads(json.dumps(to_json(facts)))) == facts


def test_scores_are_stored_as_text() -> None:
    stored = to_json(Mark(None, 1, Decimal("72.50"), Decimal(100), None))
    assert stored == {"attempt": 1, "score": "72.50", "scale": "100"}


def test_how_a_mark_given_here_came_about_is_stored_and_no_vendor_can_claim_it() -> None:
    points = (Points("content", Decimal("30.5"), Decimal(40)), Points("form", Decimal(0), Decimal(60)))
    mark = Mark("e1", 2, Decimal("30.5"), Decimal(100), "cc.01@x.vn", Marking(1, points, "p-1", "tốt", None))
    stored = json.loads(json.dumps(to_json(mark)))
    assert from_json("essay.graded", stored) == mark
    assert read("essay.graded", stored) == Mark("e1", 2, Decimal("30.5"), Decimal(100), "cc.01@x.vn")


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Evidence("x", EventType.TASK, datetime(2020, 12, 24), "gv", None)  # noqa: DTZ001
