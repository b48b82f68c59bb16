"""Facts as they are stored beside an event, and the way back.

Stored facts were read and checked once; the way back trusts them, because it runs for each piece of evidence
of each assessment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from services.grading.domain.evidence.facts import (
    Answers,
    EventType,
    Facts,
    Item,
    ItemKind,
    Mark,
    Marking,
    Points,
    Profile,
    Question,
    Quiz,
    Submission,
    YearlyTest,
    YearlyTestKind,
)

Stored = Mapping[str, Any]


def to_json(facts: Facts) -> dict[str, object]:
    """A compact JSON object of the facts; scores as text, so that no reader makes floats of them."""
    match facts:
        case None:
            return {}
        case Item(kind, item, of):
            return {"kind": kind.value, "item": item, "of": of}
        case Quiz(attempt, questions, correct):
            return {"attempt": attempt, "questions": questions, "correct": correct}
        case Submission(None, attempt):
            return {"attempt": attempt}
        case Submission(essay, attempt):
            return {"essay": essay, "attempt": attempt}
        case Mark(essay, attempt, score, scale, grader, marking):
            mark: dict[str, object] = {"attempt": attempt, "score": str(score), "scale": str(scale)}
            if essay is not None:
                mark["essay"] = essay
            if grader is not None:
                mark["grader"] = grader
            if marking is not None:
                mark["marking"] = _marking_to_json(marking)
            return mark
        case Profile(correct, wrong):
            return {"correct": correct, "wrong": list(wrong)} if wrong else {"correct": correct}
        case Answers(content, organisation, staff):
            return {"content": content, "organisation": organisation, "staff": staff}
        case Question(question):
            return {"question": question}
        case YearlyTest(test, test_kind, score, scale):
            return {"test": test, "kind": test_kind.value, "score": str(score), "scale": str(scale)}


def _marking_to_json(marking: Marking) -> dict[str, object]:
    points = [{"code": one.code, "points": str(one.points), "most": str(one.most)} for one in marking.points]
    return {
        "criteria_version": marking.criteria_version,
        "points": points,
        "person": marking.person,
        "comment": marking.comment,
        "reason": marking.reason,
    }


def from_json(event_type: str, stored: Stored) -> Facts:
    """The facts that `to_json` stored for this type. Raises KeyError for what it did not store."""
    return WAYS_BACK[event_type](stored)


def _nothing(_stored: Stored) -> None:
    return None


def _item(stored: Stored) -> Item:
    return Item(ITEM_KINDS[stored["kind"]], stored["item"], stored["of"])


def _quiz(stored: Stored) -> Quiz:
    return Quiz(stored["attempt"], stored["questions"], stored["correct"])


def _submission(stored: Stored) -> Submission:
    return Submission(stored.get("essay"), stored["attempt"])


def _mark(stored: Stored) -> Mark:
    return Mark(
        stored.get("essay"),
        stored["attempt"],
        Decimal(stored["score"]),
        Decimal(stored["scale"]),
        stored.get("grader"),
        _marking(stored["marking"]) if "marking" in stored else None,
    )


def _marking(stored: Stored) -> Marking:
    points = tuple(Points(one["code"], Decimal(one["points"]), Decimal(one["most"])) for one in stored["points"])
    return Marking(stored["criteria_version"], points, stored["person"], stored["comment"], stored["reason"])


def _profile(stored: Stored) -> Profile:
    return Profile(stored["correct"], tuple(stored.get("wrong", ())))


def _answers(stored: Stored) -> Answers:
    return Answers(stored["content"], stored["organisation"], stored["staff"])


def _question(stored: Stored) -> Question:
    return Question(stored["question"])


def _test(stored: Stored) -> YearlyTest:
    return YearlyTest(
        stored["test"], YearlyTestKind(stored["kind"]), Decimal(stored["score"]), Decimal(stored["scale"])
    )


# A dictionary, because calling an enum by value costs several times as much.
ITEM_KINDS: Final = {kind.value: kind for kind in ItemKind}

WAYS_BACK: Final[dict[str, Callable[[Stored], Facts]]] = {
    EventType.ACCOUNT_CREATED: _nothing,
    EventType.FIRST_LOGIN: _nothing,
    EventType.REGISTERED: _nothing,
    EventType.MATERIAL: _item,
    EventType.TASK: _item,
    EventType.QUIZ: _quiz,
    EventType.ESSAY_SUBMITTED: _submission,
    EventType.ESSAY_GRADED: _mark,
    EventType.FINAL_SUBMITTED: _submission,
    EventType.FINAL_GRADED: _mark,
    EventType.PROFILE: _profile,
    EventType.SURVEY: _answers,
    EventType.ASKED: _question,
    EventType.ANSWERED: _question,
    EventType.TEST: _test,
}
