"""Reading a vendor event's `data`: what is not exactly of the contract's form is refused, naming the field.

Reasons are short English phrases that never repeat the value: they go back to the vendor and into logs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from services.grading.domain.evidence.facts import (
    Answers,
    EventType,
    Facts,
    Item,
    ItemKind,
    Mark,
    Profile,
    Question,
    Quiz,
    Submission,
    YearlyTest,
    YearlyTestKind,
)

LARGEST: Final = 1_000_000
LONGEST_NAME: Final = 200
LONGEST_NUMBER: Final = 20
LARGEST_EXPONENT: Final = 12
MOST_FIELDS: Final = 100
DECIMAL = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")

Data = Mapping[str, object]


class BadEvidenceError(ValueError):
    """An event's data is not of the contract's form; `reason` names the field."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(event_type: str, data: object) -> Facts:
    """The facts of one vendor event; None for events that carry none.

    `data` is the decoded JSON of the member of that name (None where it is absent), its fractions decoded as
    Decimal: a binary float is refused. Unknown members are ignored. Raises `BadEvidenceError`.
    """
    reader = READERS.get(event_type)
    if reader is None:
        raise BadEvidenceError("type is unknown")
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        raise BadEvidenceError("data must be an object")
    return reader(data)


def _member(data: Data, name: str) -> object:
    value = data.get(name)
    if value is None:
        raise BadEvidenceError(f"{name} is missing")
    return value


def _whole(data: Data, name: str, least: int, most: int = LARGEST) -> int:
    value = _member(data, name)
    # JSON true would pass as 1: bool is an int in Python.
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadEvidenceError(f"{name} must be an integer")
    if not least <= value <= most:
        raise BadEvidenceError(f"{name} must be from {least} to {most}")
    return value


def _text(value: object, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadEvidenceError(f"{name} must be text")
    # A huge integer is refused by size before it is turned into digits.
    if isinstance(value, int) and abs(value) >= 10**LONGEST_NUMBER:
        raise BadEvidenceError(f"{name} is too long")
    text = unicodedata.normalize("NFC", str(value))
    if not 1 <= len(text) <= LONGEST_NAME or not text.strip():
        raise BadEvidenceError(f"{name} must have 1 to {LONGEST_NAME} characters")
    # PostgreSQL text holds neither NUL nor half a surrogate pair.
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise BadEvidenceError(f"{name} holds a character that cannot be stored")
    return text


def _name(data: Data, name: str) -> str:
    return _text(_member(data, name), name)


def _decimal(data: Data, name: str) -> Decimal:
    value = _member(data, name)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise BadEvidenceError(f"{name} must be a decimal")
    if isinstance(value, int) and abs(value) >= 10**LONGEST_NUMBER:
        raise BadEvidenceError(f"{name} is too long")
    text = str(value)
    if len(text) > LONGEST_NUMBER:
        raise BadEvidenceError(f"{name} is too long")
    if not DECIMAL.fullmatch(text):
        raise BadEvidenceError(f"{name} must be a decimal")
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(number.adjusted()) > LONGEST_NUMBER or exponent > LARGEST_EXPONENT:
        raise BadEvidenceError(f"{name} is out of range")
    return abs(number) if number.is_zero() else number


def _score(data: Data) -> tuple[Decimal, Decimal]:
    score, scale = _decimal(data, "score"), _decimal(data, "scale")
    if scale <= 0:
        raise BadEvidenceError("scale must be over 0")
    if not 0 <= score <= scale:
        raise BadEvidenceError("score must be from 0 to scale")
    return score, scale


def _attempt(data: Data) -> int:
    return _whole(data, "attempt", 1)


def _nothing(_data: Data) -> None:
    return None


def _material(data: Data) -> Item:
    kind = _member(data, "kind")
    if kind not in ("document", "graphic", "video"):
        raise BadEvidenceError("kind must be document, graphic or video")
    return Item(ItemKind(str(kind)), _name(data, "material"), _whole(data, "of", 1))


def _task(data: Data) -> Item:
    return Item(ItemKind.TASK, _name(data, "task"), _whole(data, "of", 1))


def _quiz(data: Data) -> Quiz:
    questions = _whole(data, "questions", 1)
    correct = _whole(data, "correct", 0)
    if correct > questions:
        raise BadEvidenceError("correct must not exceed questions")
    return Quiz(_attempt(data), questions, correct)


def _essay(data: Data) -> Submission:
    return Submission(_name(data, "essay"), _attempt(data))


def _final(data: Data) -> Submission:
    return Submission(None, _attempt(data))


def _mark(data: Data, essay: str | None) -> Mark:
    score, scale = _score(data)
    grader = data.get("grader")
    return Mark(essay, _attempt(data), score, scale, None if grader is None else _text(grader, "grader"))


def _essay_mark(data: Data) -> Mark:
    return _mark(data, _name(data, "essay"))


def _final_mark(data: Data) -> Mark:
    return _mark(data, None)


def _profile(data: Data) -> Profile:
    correct = _member(data, "correct")
    if not isinstance(correct, bool):
        raise BadEvidenceError("correct must be true or false")
    fields = data.get("fields")
    if fields is None:
        fields = []
    if not isinstance(fields, list | tuple) or len(fields) > MOST_FIELDS:
        raise BadEvidenceError(f"fields must be a list of at most {MOST_FIELDS} names")
    if not all(isinstance(field, str) for field in fields):
        raise BadEvidenceError("fields must be a list of names")
    return Profile(correct, tuple(_text(field, "fields") for field in fields))


def _survey(data: Data) -> Answers:
    answers = _member(data, "answers")
    if not isinstance(answers, Mapping):
        raise BadEvidenceError("answers must be an object")
    return Answers(*(_whole(answers, name, 1, 5) for name in ("content", "organisation", "staff")))


def _question(data: Data) -> Question:
    return Question(_name(data, "question"))


def _test(data: Data) -> YearlyTest:
    kind = _member(data, "kind")
    if kind not in ("theory", "practice"):
        raise BadEvidenceError("kind must be theory or practice")
    score, scale = _score(data)
    return YearlyTest(_name(data, "test"), YearlyTestKind(str(kind)), score, scale)


READERS: Final[dict[str, Callable[[Data], Facts]]] = {
    EventType.ACCOUNT_CREATED: _nothing,
    EventType.FIRST_LOGIN: _nothing,
    EventType.REGISTERED: _nothing,
    EventType.MATERIAL: _material,
    EventType.TASK: _task,
    EventType.QUIZ: _quiz,
    EventType.ESSAY_SUBMITTED: _essay,
    EventType.ESSAY_GRADED: _essay_mark,
    EventType.FINAL_SUBMITTED: _final,
    EventType.FINAL_GRADED: _final_mark,
    EventType.PROFILE: _profile,
    EventType.SURVEY: _survey,
    EventType.ASKED: _question,
    EventType.ANSWERED: _question,
    EventType.TEST: _test,
}
