"""Reading vendor events: the contract's form and nothing else."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grading.domain.evidence import (
    Answers,
    BadEvidenceError,
    EventType,
    Item,
    ItemKind,
    Mark,
    Profile,
    Question,
    Quiz,
    Submission,
    YearlyTest,
    YearlyTestKind,
    read,
)

MARK: dict[str, Any] = {"essay": "e1", "attempt": 1, "score": "9.5", "scale": "10", "grader": "cc@x"}
QUIZ: dict[str, Any] = {"attempt": 1, "questions": 40, "correct": 31}
SURVEY: dict[str, Any] = {"answers": {"content": 5, "organisation": 1, "staff": 3}}
MATERIAL: dict[str, Any] = {"material": "m1", "kind": "video", "of": 5}


@pytest.mark.parametrize(
    ("event_type", "data", "facts"),
    [
        ("account.created", None, None),
        ("account.first_login", {}, None),
        ("course.registered", {"anything": 1}, None),
        ("material.completed", MATERIAL, Item(ItemKind.VIDEO, "m1", 5)),
        ("material.completed", MATERIAL | {"material": 17}, Item(ItemKind.VIDEO, "17", 5)),
        ("task.completed", {"task": "t", "of": 3}, Item(ItemKind.TASK, "t", 3)),
        ("quiz.submitted", QUIZ, Quiz(1, 40, 31)),
        ("essay.submitted", {"essay": "e1", "attempt": 2}, Submission("e1", 2)),
        ("essay.graded", MARK, Mark("e1", 1, Decimal("9.5"), Decimal(10), "cc@x")),
        ("final.submitted", {"attempt": 1}, Submission(None, 1)),
        ("final.graded", MARK, Mark(None, 1, Decimal("9.5"), Decimal(10), "cc@x")),
        ("profile.confirmed", {"correct": False, "fields": ["name"]}, Profile(correct=False, wrong=("name",))),
        ("profile.confirmed", {"correct": True}, Profile(correct=True, wrong=())),
        ("survey.completed", SURVEY, Answers(5, 1, 3)),
        ("question.asked", {"question": 5}, Question("5")),
        ("question.answered", {"question": "q"}, Question("q")),
        (
            "test.graded",
            {"test": "x", "kind": "theory", "score": "5.0", "scale": 10},
            YearlyTest("x", YearlyTestKind.THEORY, Decimal("5.0"), Decimal(10)),
        ),
    ],
)
def test_each_type_is_read_into_its_facts(event_type: str, data: object, facts: object) -> None:
    assert read(event_type, data) == facts


@pytest.mark.parametrize(
    ("event_type", "data", "reason"),
    [
        ("quiz.started", {}, "type is unknown"),
        ("quiz.submitted", [1], "data must be an object"),
        ("quiz.submitted", None, "questions is missing"),
        ("quiz.submitted", QUIZ | {"attempt": True}, "attempt must be an integer"),
        ("quiz.submitted", QUIZ | {"attempt": 0}, "attempt must be from 1"),
        ("quiz.submitted", QUIZ | {"attempt": "1"}, "attempt must be an integer"),
        ("quiz.submitted", QUIZ | {"attempt": 10**400}, "attempt must be from 1"),
        ("quiz.submitted", QUIZ | {"attempt": Decimal(1)}, "attempt must be an integer"),
        ("quiz.submitted", QUIZ | {"correct": 41}, "correct must not exceed questions"),
        ("quiz.submitted", QUIZ | {"correct": -1}, "correct must be from 0"),
        ("quiz.submitted", QUIZ | {"questions": None}, "questions is missing"),
        ("material.completed", MATERIAL | {"kind": "task"}, "kind must be document"),
        ("material.completed", MATERIAL | {"kind": ["video"]}, "kind must be document"),
        ("material.completed", MATERIAL | {"of": 0}, "of must be from 1"),
        ("material.completed", MATERIAL | {"material": ""}, "material must have 1 to 200"),
        ("material.completed", MATERIAL | {"material": " "}, "material must have 1 to 200"),
        ("material.completed", MATERIAL | {"material": "x" * 201}, "material must have 1 to 200"),
        ("material.completed", MATERIAL | {"material": "a\0b"}, "material holds a character"),
        ("material.completed", MATERIAL | {"material": "a\ud800"}, "material holds a character"),
        ("material.completed", MATERIAL | {"material": 10**5000}, "material is too long"),
        ("material.completed", MATERIAL | {"material": True}, "material must be text"),
        ("material.completed", MATERIAL | {"material": 1.5}, "material must be text"),
        ("task.completed", {"task": "t"}, "of is missing"),
        ("essay.submitted", {"attempt": 1}, "essay is missing"),
        ("essay.graded", MARK | {"score": "9,5"}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": 9.5}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": True}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": None}, "score is missing"),
        ("essay.graded", MARK | {"score": "NaN"}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": "Infinity"}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": Decimal("NaN")}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": Decimal("Infinity")}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": "1e400"}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": Decimal("1e308")}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": "1e99"}, "score is out of range"),
        ("essay.graded", MARK | {"score": "1e-99"}, "score is out of range"),
        ("essay.graded", MARK | {"score": 10**5000}, "score is too long"),
        ("essay.graded", MARK | {"score": "1." + "0" * 20}, "score is too long"),
        ("essay.graded", MARK | {"score": "٩"}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": "1_0"}, "score must be a decimal"),
        ("essay.graded", MARK | {"score": "-1"}, "score must be from 0 to scale"),
        ("essay.graded", MARK | {"score": "10.01"}, "score must be from 0 to scale"),
        ("essay.graded", MARK | {"scale": "0"}, "scale must be over 0"),
        ("essay.graded", MARK | {"grader": 1.5}, "grader must be text"),
        ("final.graded", {"attempt": 1, "score": "5"}, "scale is missing"),
        ("profile.confirmed", {"correct": 1}, "correct must be true or false"),
        ("profile.confirmed", {"correct": False, "fields": "name"}, "fields must be a list"),
        ("profile.confirmed", {"correct": False, "fields": [1]}, "fields must be a list"),
        ("profile.confirmed", {"correct": False, "fields": ["x"] * 101}, "fields must be a list"),
        ("survey.completed", {}, "answers is missing"),
        ("survey.completed", {"answers": [5, 5, 5]}, "answers must be an object"),
        ("survey.completed", {"answers": {"content": 5, "organisation": 5}}, "staff is missing"),
        ("survey.completed", {"answers": {"content": 6, "organisation": 5, "staff": 5}}, "content must be from 1 to 5"),
        ("survey.completed", {"answers": {"content": True, "organisation": 5, "staff": 5}}, "content must be an int"),
        ("test.graded", {"test": "x", "kind": "oral", "score": "5", "scale": "10"}, "kind must be theory"),
        ("question.asked", {"question": None}, "question is missing"),
    ],
)
def test_what_is_not_of_the_form_is_refused_by_the_field_name(event_type: str, data: object, reason: str) -> None:
    with pytest.raises(BadEvidenceError) as refusal:
        read(event_type, data)
    assert refusal.value.reason.startswith(reason)


def test_a_reason_never_repeats_the_value() -> None:
    with pytest.raises(BadEvidenceError) as refusal:
        read("essay.graded", MARK | {"score": "nguyen van a"})
    assert "nguyen" not in refusal.value.reason


def test_names_are_read_in_composed_form() -> None:
    assert read("essay.submitted", {"essay": "số 1", "attempt": 1}) == Submission("số 1", 1)


def test_a_negative_zero_is_zero() -> None:
    mark = read("essay.graded", MARK | {"score": "-0.0"})
    assert isinstance(mark, Mark)
    assert str(mark.score) == "0.0"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = [
    "attempt", "questions", "correct", "score", "scale", "grader", "essay", "material",
    "task", "kind", "of", "fields", "answers", "question", "test",
]  # fmt: skip


@given(
    event_type=st.sampled_from([event_type.value for event_type in EventType]),
    data=st.dictionaries(st.sampled_from(NAMES), JSON_VALUES) | JSON_VALUES,
)
def test_whatever_comes_is_read_or_refused_and_never_breaks(event_type: str, data: object) -> None:
    with suppress(BadEvidenceError):
        read(event_type, data)
