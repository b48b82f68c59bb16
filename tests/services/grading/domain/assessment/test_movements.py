"""The report's figures over time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from services.grading.domain.assessment import FIGURES, Approval, Case, assess
from services.grading.domain.gates import Conditions, Scores
from services.grading.domain.scheme import Scheme, parse
from tests.services.grading.domain.course import (
    MANAGERS,
    START,
    at,
    case,
    complete,
    definition,
    essay,
    essay_mark,
    final_mark,
    verdict,
)
from tests.services.grading.domain.histories import INSTANTS, cases

REFUSING = parse(definition() | {"after_window": "refuse"})
PLATFORM_ONLY = parse(definition() | {"gates": ["lms", "list"]})
SCHEMES = st.sampled_from([MANAGERS, REFUSING, PLATFORM_ONLY])


def said(of: Case) -> list[tuple[str, int, int]]:
    """Movements as (figure, minute, delta)."""
    return [
        (movement.figure, int((movement.at - START).total_seconds() // 60), movement.delta)
        for movement in assess(of).movements
    ]


def test_a_course_moves_each_figure_once_at_its_time() -> None:
    frozen = Approval("l", at(300), "x", Scores(None, None, None, None), Conditions(survey=True, profile=True), "met")
    judged = (verdict("core_team", minute=200), verdict("institution", minute=210))
    assert said(replace(case(complete()), verdicts=judged, approval=frozen)) == [
        ("missing", 0, 1),
        ("logged_in", 1, 1),
        ("studying", 10, 1),
        ("submitted", 40, 1),
        ("graded", 70, 1),
        ("lms_met", 81, 1),
        ("missing", 81, -1),
        ("core_team_met", 200, 1),
        ("institution_met", 210, 1),
        ("approved", 300, 1),
    ]


def test_a_learner_enrolled_owes_from_that_day_on() -> None:
    assert said(case()) == [("missing", 0, 1)]


def test_a_learner_who_was_done_before_she_was_enrolled_never_owed() -> None:
    for minute in (81, 90):
        moved = said(replace(case(complete()), enrolled_at=at(minute)))
        assert "missing" not in [figure for figure, _, _ in moved]


def test_a_total_reopened_by_an_essay_handed_in_falls_back() -> None:
    without = [entry for entry in complete() if getattr(entry.facts, "essay", None) != "e3"]
    moved = said(case([*without, essay("e3", minute=100)]))
    assert ("graded", 100, -1) in moved
    assert ("lms_met", 100, -1) in moved


def test_what_happens_at_one_instant_is_taken_together() -> None:
    without = [entry for entry in complete() if getattr(entry.facts, "essay", None) != "e3"]
    handed_in = replace(essay("e3", minute=100), event_id="v-1")
    marked = replace(essay_mark("e3", "60", minute=100), event_id="v-2")
    moved = case([*without, handed_in, marked])
    assert [entry for entry in said(moved) if entry[1] == 100] == [("missing", 100, -1)]
    assert assess(moved).gates.lms.at == at(81)


def test_a_verdict_taken_back_falls_back() -> None:
    given_twice = (verdict("core_team", minute=200), verdict("core_team", met=False, minute=220))
    moved = said(replace(case(complete()), verdicts=given_twice))
    assert moved[-2:] == [("core_team_met", 200, 1), ("core_team_met", 220, -1)]


def test_of_verdicts_at_one_instant_only_the_last_moves() -> None:
    at_once = (verdict("core_team", minute=200), verdict("core_team", met=False, minute=200, order=1))
    assert "core_team_met" not in [figure for figure, _, _ in said(replace(case(complete()), verdicts=at_once))]


def test_withdrawal_ends_every_figure_and_later_evidence_moves_none() -> None:
    withdrawn = replace(case([*complete(), final_mark("0", minute=120)]), withdrawn_at=at(75))
    moved = said(withdrawn)
    assert [entry for entry in moved if entry[1] >= 75] == [
        ("logged_in", 75, -1),
        ("studying", 75, -1),
        ("submitted", 75, -1),
        ("graded", 75, -1),
        ("missing", 75, -1),
    ]


@given(st.data(), SCHEMES, INSTANTS)
@settings(max_examples=400, deadline=None)
def test_movements_up_to_any_instant_give_the_figures_of_that_instant(
    data: st.DataObject, scheme: Scheme, minute: int
) -> None:
    whole = data.draw(cases(scheme))
    instant = at(minute)
    sums: Counter[str] = Counter()
    for movement in assess(whole).movements:
        if movement.at <= instant:
            sums[movement.figure] += movement.delta
    then = assess(whole.as_of(instant)).figures
    if instant < whole.enrolled_at:
        then -= {"missing"}
    assert {figure for figure, held in sums.items() if held} == then
    assert set(sums.values()) <= {0, 1}


@given(st.data(), SCHEMES)
@settings(max_examples=200, deadline=None)
def test_movements_follow_time_and_alternate(data: st.DataObject, scheme: Scheme) -> None:
    found = assess(data.draw(cases(scheme)))
    assert list(found.movements) == sorted(found.movements, key=lambda entry: (entry.at, FIGURES.index(entry.figure)))
    for figure in FIGURES:
        deltas = [movement.delta for movement in found.movements if movement.figure == figure]
        assert deltas == [1, -1] * (len(deltas) // 2) + [1] * (len(deltas) % 2)
        instants = [movement.at for movement in found.movements if movement.figure == figure]
        assert len(set(instants)) == len(instants)
