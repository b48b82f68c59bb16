"""How many of the sample's people and enrolments go other than smoothly: stories and quirks, in stated proportions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Story(StrEnum):
    """How one enrolment goes. The first three belong to the person, the others to the enrolment."""

    STEADY = "steady"
    NO_ACCOUNT = "no_account"
    NEVER_LOGS_IN = "never_logs_in"
    DROPS_OUT = "drops_out"
    PROFILE_WRONG_FOR_GOOD = "profile_wrong_for_good"
    SURVEY_NEVER = "survey_never"
    FAILS = "fails"
    EXACTLY_FIFTY = "exactly_fifty"
    BARELY_OVER_FIFTY = "barely_over_fifty"
    PROFILE_WRONG_AT_FIRST = "profile_wrong_at_first"
    ESSAY_LATE = "essay_late"
    ESSAY_NEVER = "essay_never"
    SKIPS_MATERIALS = "skips_materials"
    RESUBMITS_UNMARKED = "resubmits_unmarked"
    LATE_EVIDENCE = "late_evidence"


# A learner of these stories never meets the platform's own gate.
NOT_PASSING = frozenset(
    {
        Story.NO_ACCOUNT,
        Story.NEVER_LOGS_IN,
        Story.DROPS_OUT,
        Story.PROFILE_WRONG_FOR_GOOD,
        Story.SURVEY_NEVER,
        Story.FAILS,
        Story.EXACTLY_FIFTY,
    }
)


class Quirk(StrEnum):
    """What the vendor's stream of a steady learner has besides; none changes whether she passes."""

    QUIZ_RETAKE = "quiz_retake"
    FINAL_AGAIN = "final_again"
    ESSAY_AGAIN = "essay_again"
    ITEM_TWICE = "item_twice"
    OTHER_OF = "other_of"
    OTHER_QUESTIONS = "other_questions"
    MARK_BEFORE_PAPER = "mark_before_paper"
    ASKS = "asks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportions:
    """Parts of 10,000, the counts rounded half-up (one at least where there are 200 or more to choose from).

    Of persons: no account in the workbook 0.30 %, a second account in "Email khác" 0.50 %, account never used 0.50 %.
    Of enrolments: drops out 0.40 %, profile wrong for good 0.30 %, survey never 0.30 %, fails 0.50 %, total exactly
    50 0.20 %, total 50.0025 (shown as 50.00, and over) 0.10 %, profile wrong at first 2 %, an essay late 1 %, an
    essay never 0.40 %, skips materials 0.60 %, an essay handed in again and left unmarked 0.60 %, evidence after
    approval 0.06 %. About 97.5 % pass.
    Quirks, of the remaining steady enrolments: quiz retaken 3 %, final again 0.5 %, essay again and marked 1 %, an
    item completed twice 1 %, other `of` 0.3 %, other `questions` 0.2 %, a mark arriving before its paper 1 %,
    questions asked 5 %.
    """

    no_account: int = 30
    second_account: int = 50
    never_logs_in: int = 50
    drops_out: int = 40
    profile_wrong_for_good: int = 30
    survey_never: int = 30
    fails: int = 50
    exactly_fifty: int = 20
    barely_over_fifty: int = 10
    profile_wrong_at_first: int = 200
    essay_late: int = 100
    essay_never: int = 40
    skips_materials: int = 60
    resubmits_unmarked: int = 60
    late_evidence: int = 6
    quiz_retake: int = 300
    final_again: int = 50
    essay_again: int = 100
    item_twice: int = 100
    other_of: int = 30
    other_questions: int = 20
    mark_before_paper: int = 100
    asks: int = 500


PERSON_STORIES: tuple[Story, ...] = (Story.NO_ACCOUNT, Story.NEVER_LOGS_IN)
ENROLMENT_STORIES: tuple[Story, ...] = tuple(
    story for story in Story if story is not Story.STEADY and story not in PERSON_STORIES
)


def count_of(parts: int, whole: int) -> int:
    """`parts` of 10,000 of `whole`, half-up; one at least where `whole` is 200 or more and `parts` is not 0."""
    exact = (2 * parts * whole + 10_000) // 20_000
    return max(1, exact) if parts and whole >= 200 else exact


def choose(among: Sequence[int], wanted: dict[str, int], whole: int, seed: int, purpose: str) -> dict[int, str]:
    """Draws for each name of `wanted` its number (parts of 10,000 of `whole`) from `among`, nobody twice."""
    pool = list(among)
    random.Random(f"{seed}:{purpose}").shuffle(pool)
    chosen: dict[int, str] = {}
    start = 0
    for name, parts in wanted.items():
        number = count_of(parts, whole)
        for item in pool[start : start + number]:
            chosen[item] = name
        start += number
    return chosen
