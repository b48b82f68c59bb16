"""The kinds of evidence and the facts each of them carries (contracts, section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final


class EventType(StrEnum):
    """What a vendor may report."""

    ACCOUNT_CREATED = "account.created"
    FIRST_LOGIN = "account.first_login"
    REGISTERED = "course.registered"
    MATERIAL = "material.completed"
    TASK = "task.completed"
    QUIZ = "quiz.submitted"
    ESSAY_SUBMITTED = "essay.submitted"
    ESSAY_GRADED = "essay.graded"
    FINAL_SUBMITTED = "final.submitted"
    FINAL_GRADED = "final.graded"
    PROFILE = "profile.confirmed"
    SURVEY = "survey.completed"
    ASKED = "question.asked"
    ANSWERED = "question.answered"
    TEST = "test.graded"


# Acts of the learner herself: each of them shows that she was logged in.
LEARNER_ACTS: Final = frozenset(
    {
        EventType.FIRST_LOGIN,
        EventType.REGISTERED,
        EventType.MATERIAL,
        EventType.TASK,
        EventType.QUIZ,
        EventType.ESSAY_SUBMITTED,
        EventType.FINAL_SUBMITTED,
        EventType.PROFILE,
        EventType.SURVEY,
        EventType.ASKED,
    }
)

# Evidence that learning took place, whoever reported it.
LEARNING: Final = frozenset(
    {
        EventType.MATERIAL,
        EventType.TASK,
        EventType.QUIZ,
        EventType.ESSAY_SUBMITTED,
        EventType.ESSAY_GRADED,
        EventType.FINAL_SUBMITTED,
        EventType.FINAL_GRADED,
        EventType.TEST,
    }
)

# What a window binds: the learner's work. Marks come after it by nature and are never late.
WINDOWED: Final = frozenset(
    {
        EventType.MATERIAL,
        EventType.TASK,
        EventType.QUIZ,
        EventType.ESSAY_SUBMITTED,
        EventType.FINAL_SUBMITTED,
        EventType.PROFILE,
        EventType.SURVEY,
    }
)


class ItemKind(StrEnum):
    """What diligence counts."""

    DOCUMENT = "document"
    GRAPHIC = "graphic"
    VIDEO = "video"
    TASK = "task"


class YearlyTestKind(StrEnum):
    """The two tests of a BDTX content."""

    THEORY = "theory"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Item:
    """One material read or one task done; `of` is how many the vendor believes there are of this kind."""

    kind: ItemKind
    item: str
    of: int


@dataclass(frozen=True, slots=True)
class Quiz:
    """One attempt at the multiple choice part; 0 <= correct <= questions."""

    attempt: int
    questions: int
    correct: int


@dataclass(frozen=True, slots=True)
class Submission:
    """A paper handed in; `essay` is its name, None for the final assignment."""

    essay: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Points:
    """What one criterion gave, of `most`."""

    code: str
    points: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class Marking:
    """How a mark that was given here came about (decision 20).

    criteria_version: of the scheme's rubric. person: the marker's id, for accounts may change. comment: what she says
    to the learner. reason: why a mark that was there before is changed.
    """

    criteria_version: int
    points: tuple[Points, ...]
    person: str
    comment: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark for one attempt of a paper; 0 <= score <= scale, scale > 0; `grader` is the marker's account. `marking`:
    None of a mark that was given on the platform."""

    essay: str | None
    attempt: int
    score: Decimal
    scale: Decimal
    grader: str | None
    marking: Marking | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The learner's word on her personal data; `wrong` names the fields that are not right."""

    correct: bool
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """The end-of-course survey, each answer 1 to 5."""

    content: int
    organisation: int
    staff: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question put to the class, or its answer."""

    question: str


@dataclass(frozen=True, slots=True)
class YearlyTest:
    """A BDTX test's mark (TT 19/2019, article 11); kept as evidence, no part of a module's total."""

    test: str
    kind: YearlyTestKind
    score: Decimal
    scale: Decimal


Facts = Item | Quiz | Submission | Mark | Profile | Answers | Question | YearlyTest | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One vendor event: `at` is when it took effect (aware, UTC), `account` the login it came for.

    `event_id` orders events of the same instant, so that a result depends on the set of events alone.
    """

    event_id: str
    type: EventType
    at: datetime
    account: str
    facts: Facts

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            msg = "evidence needs an aware instant"
            raise ValueError(msg)
