"""What the learning platform says happened (contracts, section 2): facts, their reading, their storage."""

from services.grading.domain.evidence.facts import (
    LEARNER_ACTS,
    LEARNING,
    WINDOWED,
    Answers,
    EventType,
    Evidence,
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
from services.grading.domain.evidence.reading import BadEvidenceError, read
from services.grading.domain.evidence.stored import from_json, to_json

__all__ = [
    "LEARNER_ACTS",
    "LEARNING",
    "WINDOWED",
    "Answers",
    "BadEvidenceError",
    "EventType",
    "Evidence",
    "Facts",
    "Item",
    "ItemKind",
    "Mark",
    "Marking",
    "Points",
    "Profile",
    "Question",
    "Quiz",
    "Submission",
    "YearlyTest",
    "YearlyTestKind",
    "from_json",
    "read",
    "to_json",
]
