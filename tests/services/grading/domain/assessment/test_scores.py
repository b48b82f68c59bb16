"""Scores of the managers' scheme: facts 2.1, rules ASS-1, ASS-3, ASS-5, ASS-12, contracts section 2."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from services.grading.domain.assessment import assess
from services.grading.domain.gates import Scores
from services.grading.domain.scheme import Scheme, parse
from tests.services.grading.domain.course import (
    COURSE,
    MANAGERS,
    case,
    complete,
    definition,
    diligent,
    essay,
    essay_mark,
    final,
    final_mark,
    piece,
    profile,
    quiz,
    reading_b,
    scored,
    survey,
    with_total,
)

NOTHING_JUDGED_BUT_FINAL = {"weights": {"diligence": "0", "process": "0", "final": "1"}}


@pytest.mark.parametrize(("scheme", "total", "state"), [(MANAGERS, "52.60", "met"), (reading_b(), "49.60", "refused")])
def test_the_reading_of_the_process_score_decides_the_fixture_of_the_plan(
    scheme: Scheme, total: str, state: str
) -> None:
    found = assess(case(complete(("60", "60", "30"), "36", correct=36), scheme))
    assert found.scores.total == total
    assert found.gates.lms.state == state


@pytest.mark.parametrize(("total", "state"), [("50", "refused"), ("50.01", "met"), ("49.999", "refused")])
def test_fifty_fails_and_a_hundredth_more_passes(total: str, state: str) -> None:
    found = assess(with_total(total))
    assert found.exact.total == Fraction(total)
    assert found.gates.lms.state == state


def test_a_total_shown_as_fifty_but_below_it_fails_with_the_exact_total() -> None:
    found = assess(with_total("49.996"))
    assert found.scores.total == "50.00"
    assert found.gates.lms.reasons == ("total:49.996",)


def test_totals_of_exactly_fifty_are_fifty_where_floats_fall_below_it() -> None:
    """Rule ASS-1: d=2, p=2, f=82 gives 49.99999999999999 in floats."""
    assert 0.1 * 2 + 0.3 * 2 + 0.6 * 82 < 50
    at_least = parse(definition() | {"pass": {"total_at_least": "50"}})
    course = replace(COURSE, document=50, graphic=0, video=0, task=0, questions=50, essays=())
    evidence = [
        piece("material.completed", {"material": "m", "kind": "document", "of": 50}),
        quiz(1, questions=50),
        final(),
        final_mark("82"),
        survey(),
        profile(),
    ]
    found = assess(case(evidence, at_least, course))
    assert found.scores == Scores("2.00", "2.00", "82.00", "50.00")
    assert found.exact.total == 50
    assert "graded" in found.figures
    assert "lms_met" in found.figures


def test_a_mean_over_three_essays_is_compared_exactly() -> None:
    found = assess(case(scored(("50", "50", "51"), "40", correct=20)))
    assert found.exact.process == (Fraction(50) + Fraction(151, 3)) / 2
    assert found.scores.process == "50.17"


def test_every_item_counts_once_and_none_beyond_the_declared_number() -> None:
    twice = piece("material.completed", {"material": "document-0", "kind": "document", "of": 2}, minute=90)
    third = piece("material.completed", {"material": "document-9", "kind": "document", "of": 2}, minute=91)
    found = assess(case([*diligent()[1:], twice]))
    assert found.scores.diligence == "100.00"
    assert assess(case(diligent()[1:])).scores.diligence == "80.00"
    assert assess(case([*diligent(), third])).flags == ("beyond:document",)
    assert assess(case([*diligent(), third])).scores.diligence == "100.00"


def test_a_different_number_in_an_event_is_flagged_and_the_declared_one_rules() -> None:
    other = piece("material.completed", {"material": "v", "kind": "video", "of": 9})
    found = assess(case([other, quiz(31, questions=50)]))
    assert found.flags == ("of:video", "questions")
    assert found.scores.diligence == "20.00"
    assert found.exact.process == Fraction(100 * 31, 40) / 2


def test_correct_answers_beyond_the_declared_quiz_do_not_count() -> None:
    found = assess(case([quiz(45, questions=50)], composition=replace(COURSE, essays=())))
    assert found.scores.process == "100.00"


def test_a_course_without_items_has_nothing_left_undone() -> None:
    found = assess(case(composition=replace(COURSE, document=0, graphic=0, video=0, task=0)))
    assert found.scores.diligence == "100.00"
    assert not {"materials", "tasks"} & {missing.what for missing in found.missing}


def test_the_process_is_the_quiz_alone_or_the_essays_alone_where_the_course_has_no_other() -> None:
    no_essays = replace(COURSE, essays=())
    no_quiz = replace(COURSE, questions=0, essays=("e1", "e2"))
    marks = [essay_mark("e1", "40"), essay_mark("e2", "70")]
    for scheme in (MANAGERS, reading_b()):
        assert assess(case([quiz(30)], scheme, no_essays)).scores.process == "75.00"
        assert assess(case(marks, scheme, no_quiz)).scores.process == "55.00"


def test_a_course_with_neither_never_closes_and_says_so() -> None:
    found = assess(case([final(), final_mark("90")], composition=replace(COURSE, questions=0, essays=())))
    assert found.scores.process is None
    assert found.scores.total is None
    assert found.flags == ("no_process",)


def test_a_part_without_weight_is_not_judged() -> None:
    found = assess(case([final(), final_mark("72.5")], parse(definition() | NOTHING_JUDGED_BUT_FINAL)))
    assert found.scores == Scores(None, None, "72.50", "72.50")
    assert not {"materials", "quiz", "essay:e1"} & {missing.what for missing in found.missing}


def test_an_essay_not_handed_in_counts_nothing_and_is_named() -> None:
    evidence = [quiz(40), essay_mark("e1", "90"), essay_mark("e2", "60"), final(), final_mark("60")]
    found = assess(case(evidence))
    assert found.exact.process == (100 + Fraction(150, 3)) / 2
    assert "essay:e3" in {missing.what for missing in found.missing}
    assert found.scores.total is not None


def test_an_essay_handed_in_and_unmarked_leaves_the_part_open() -> None:
    evidence = [quiz(40), essay("e1"), essay("e2"), essay_mark("e2", "60"), final(), final_mark("60")]
    found = assess(case(evidence))
    assert found.scores.process is None
    assert found.scores.total is None
    assert ("mark:essay:e1", "grader") in {(missing.what, missing.holder) for missing in found.missing}


def test_a_quiz_or_final_never_taken_leaves_the_total_open() -> None:
    no_quiz = [entry for entry in complete() if entry.type != "quiz.submitted"]
    no_final = [entry for entry in complete() if not entry.type.startswith("final")]
    assert assess(case(no_quiz)).scores.process is None
    assert assess(case(no_quiz)).scores.total is None
    assert assess(case(no_final)).scores.final is None
    assert assess(case(no_final)).scores.total is None


def test_the_highest_marked_attempt_counts_and_not_the_best_mark() -> None:
    evidence = [final_mark("80", attempt=1, minute=90), final_mark("40", attempt=2, minute=70)]
    assert assess(case(evidence)).scores.final == "40.00"
    quizzes = [quiz(40, attempt=1, minute=50), quiz(20, attempt=2, minute=20)]
    assert assess(case(quizzes, composition=replace(COURSE, essays=()))).scores.process == "50.00"


def test_a_newer_unmarked_attempt_is_named_but_does_not_reopen_the_part() -> None:
    evidence = [*complete(), essay("e1", attempt=2, minute=90), final(attempt=3, minute=91)]
    found = assess(case(evidence))
    assert found.scores == assess(case(complete())).scores
    assert [missing.what for missing in found.missing] == ["mark:essay:e1", "mark:final", "core_team"]


def test_within_an_attempt_the_newest_mark_counts_and_at_one_instant_the_greater_event_id() -> None:
    assert assess(case([final_mark("40", minute=71), final_mark("60", minute=70)])).scores.final == "40.00"
    corrected = [quiz(10, minute=20), quiz(30, minute=25)]
    assert assess(case(corrected, composition=replace(COURSE, essays=()))).scores.process == "75.00"
    low = piece("final.graded", {"attempt": 1, "score": "10", "scale": "100"}, minute=70, event_id="v-1")
    high = replace(low, event_id="v-2", facts=final_mark("20").facts)
    assert assess(case([high, low])).scores.final == "20.00"


def test_a_mark_on_another_scale_is_carried_over_exactly() -> None:
    assert assess(case([final_mark("6.25", scale="10")])).exact.final == Fraction(125, 2)
    assert assess(case([final_mark("1", scale="3")])).exact.final == Fraction(100, 3)


def test_essays_that_the_course_does_not_have_are_ignored_and_flagged() -> None:
    found = assess(case([*complete(), essay("e9"), essay_mark("e8", "0")]))
    assert found.scores == assess(case(complete())).scores
    assert found.flags == ("undeclared_essay",)


def test_a_mark_under_the_learners_own_account_is_flagged() -> None:
    own = {"attempt": 1, "score": "90", "scale": "100", "grader": "GV.000123@longan.edu.vn"}
    assert assess(case([piece("final.graded", own)])).flags == ("self_marked",)


def test_scores_of_many_digits_stay_exact() -> None:
    found = assess(case([final_mark("33.3333333333333333", scale="99.9999999999999999")]))
    assert found.exact.final == Fraction(Decimal("3333.33333333333333")) / Fraction(Decimal("99.9999999999999999"))
