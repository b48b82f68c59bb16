"""Marks given here: what may be marked, by what, and that they count like the platform's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grading.domain.assessment import Case, assess
from services.grading.domain.evidence import EventType, Evidence, Mark
from services.grading.domain.marking import (
    BadMarkError,
    Marker,
    MarkRefusedError,
    NotHersToMarkError,
    Wanted,
    demand_hers,
    demand_marked,
    mark_of,
)
from services.grading.domain.rubric import shipped
from services.grading.domain.scheme import parse
from tests.services.grading.domain.course import (
    COURSE,
    MANAGERS,
    at,
    case,
    complete,
    definition,
    essay,
    essay_mark,
    final,
    final_mark,
)
from tests.services.grading.domain.histories import ATTEMPTS, LAST_MINUTE, MINUTES, cases

RUBRICS = shipped()[MANAGERS.ref]
ESSAY = (("content", "30"), ("practice", "20.5"), ("reasoning", "15"), ("presentation", "10"))
FINAL = (("context", "10"), ("goals", "10"), ("measures", "30"), ("follow_up", "5"), ("presentation", "5"))


def marker(minute: int = 90, *, event_id: str = "mark-1", person: str = "p-core") -> Marker:
    return Marker("cc.02@longan.edu.vn", person, "p-learner", at(minute), event_id)


def wanted(paper: str = "essay:e1", attempt: int = 1, *, reason: str | None = None, **points: str) -> Wanted:
    """Every criterion, some with other points."""
    usual = dict(FINAL if paper == "final" else ESSAY) | points
    return Wanted(paper, attempt, tuple((code, Decimal(one)) for code, one in usual.items()), " rõ ràng ", reason)


def as_evidence(mark: Mark, given_by: Marker) -> Evidence:
    kind = EventType.FINAL_GRADED if mark.essay is None else EventType.ESSAY_GRADED
    return Evidence(given_by.event_id, kind, given_by.at, "enrolment:x", mark)


def marked(known: Case, what: Wanted, who: Marker) -> Case:
    mark, _ = mark_of(known, RUBRICS, what, who)
    return replace(known, evidence=(*known.evidence, as_evidence(mark, who)))


def test_the_score_is_the_sum_on_the_scale_of_100_and_says_how_it_came_about() -> None:
    mark, before = mark_of(case([essay("e1")]), RUBRICS, wanted(content="30.50"), marker())
    assert before is None
    assert (mark.essay, mark.attempt, mark.score, mark.scale) == ("e1", 1, Decimal(76), Decimal(100))
    assert mark.grader == "cc.02@longan.edu.vn"
    assert mark.marking is not None
    assert [(one.code, str(one.points), str(one.most)) for one in mark.marking.points] == [
        ("content", "30.5", "40"), ("practice", "20.5", "30"), ("reasoning", "15", "20"), ("presentation", "10", "10"),
    ]  # fmt: skip
    assert (mark.marking.criteria_version, mark.marking.person) == (1, "p-core")
    assert (mark.marking.comment, mark.marking.reason) == ("rõ ràng", None)


def test_the_final_assignment_has_criteria_of_its_own() -> None:
    mark, _ = mark_of(case([final()]), RUBRICS, wanted("final"), marker())
    assert (mark.essay, mark.score) == (None, Decimal(60))
    with pytest.raises(BadMarkError) as bad:
        mark_of(case([final()]), RUBRICS, replace(wanted(), paper="final"), marker())
    assert {fault.message for fault in bad.value.faults} >= {"there is no such criterion"}


@pytest.mark.parametrize(
    ("what", "path", "message"),
    [
        (wanted(content="40.5"), ("criteria", 0, "points"), "must be from 0 to 40"),
        (wanted(content="-1"), ("criteria", 0, "points"), "must be from 0 to 40"),
        (wanted(beauty="1"), ("criteria", 4, "code"), "there is no such criterion"),
        (
            replace(wanted(), points=(*wanted().points, ("content", Decimal(1)))),
            ("criteria", 4, "code"),
            "the criterion is named twice",
        ),
        (replace(wanted(), points=wanted().points[1:]), ("criteria",), "no points for the criterion content"),
        (wanted("essay:e9"), ("paper",), "the course has no such paper"),
        (wanted("e1"), ("paper",), "the course has no such paper"),
    ],
)
def test_what_is_no_mark_by_the_criteria_is_refused_with_its_place(
    what: Wanted, path: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(BadMarkError) as bad:
        mark_of(case([essay("e1")]), RUBRICS, what, marker())
    assert [(fault.path, fault.message) for fault in bad.value.faults] == [(path, message)]


def test_every_fault_is_told_at_once() -> None:
    known = case([essay("e1"), essay_mark("e1", "50")])
    with pytest.raises(BadMarkError) as bad:
        mark_of(known, RUBRICS, replace(wanted(content="99"), points=wanted(content="99").points[:3]), marker())
    assert [fault.path for fault in bad.value.faults] == [("criteria", 0, "points"), ("criteria",), ("reason",)]


@pytest.mark.parametrize(
    ("evidence", "what", "refusal"),
    [
        ([], wanted(), "this attempt was not handed in"),
        ([essay("e2")], wanted(), "this attempt was not handed in"),
        ([essay("e1")], wanted(attempt=2), "this attempt was not handed in"),
        (
            [essay("e1"), essay("e1", attempt=2), essay_mark("e1", "50", attempt=2)],
            wanted(),
            "a later attempt is marked already",
        ),
        ([essay_mark("e1", "50", minute=91)], wanted(reason="x"), "a newer mark of this attempt is there already"),
        # At one instant the greater event id counts: "mark-1" is greater than an id that begins with "essay".
        ([essay_mark("e1", "50", minute=90)], wanted(reason="x"), None),
    ],
)
def test_only_what_was_handed_in_and_would_count_is_marked(
    evidence: list[Evidence], what: Wanted, refusal: str | None
) -> None:
    if refusal is None:
        assert mark_of(case(evidence), RUBRICS, what, marker())[1] is not None
        return
    with pytest.raises(MarkRefusedError, match=refusal):
        mark_of(case(evidence), RUBRICS, what, marker())


def test_a_changed_mark_says_why_and_names_what_it_takes_the_place_of() -> None:
    known = case([essay("e1"), essay_mark("e1", "50")])
    for reason in (None, "  "):
        with pytest.raises(BadMarkError):
            mark_of(known, RUBRICS, wanted(reason=reason), marker())
    mark, before = mark_of(known, RUBRICS, wanted(reason="cộng nhầm"), marker())
    assert before is not None
    assert before.score == Decimal(50)
    assert mark.marking is not None
    assert mark.marking.reason == "cộng nhầm"


def test_what_came_after_the_window_of_a_scheme_that_refuses_it_was_not_handed_in() -> None:
    refusing = parse(definition() | {"version": 3, "after_window": "refuse"})
    late = replace(case([final(minute=50)], refusing), closes_at=at(10))
    with pytest.raises(MarkRefusedError, match="not handed in"):
        mark_of(late, RUBRICS, wanted("final"), marker())


def test_a_scheme_without_criteria_takes_no_mark_here() -> None:
    with pytest.raises(MarkRefusedError, match="no criteria"):
        mark_of(case([final()]), None, wanted("final"), marker())


def test_separation_of_duties() -> None:
    with pytest.raises(NotHersToMarkError, match="her own"):
        demand_hers(marker(person="p-learner"), [])
    for role in ("institution", "list"):
        with pytest.raises(NotHersToMarkError, match="another role"):
            demand_hers(marker(), [(role, "p-core")])
    demand_hers(marker(), [("core_team", "p-core"), ("institution", "p-other"), ("list", "p-third")])


def test_who_is_withdrawn_or_studies_for_reference_is_not_marked() -> None:
    known = case([essay("e1")])
    demand_marked(known, "main")
    for kind in ("secondary", "reference"):
        with pytest.raises(MarkRefusedError, match="for reference"):
            demand_marked(known, kind)
    with pytest.raises(MarkRefusedError, match="withdrawn"):
        demand_marked(replace(known, withdrawn_at=at(5)), "main")


def test_a_mark_given_here_weighs_what_the_platforms_would() -> None:
    without = [piece for piece in complete() if not isinstance(piece.facts, Mark) or piece.facts.essay is not None]
    theirs = assess(case([*without, final_mark("60")]))
    ours = assess(marked(case(without), wanted("final"), marker(70)))
    assert (ours.exact, ours.scores, ours.gates.lms.state) == (theirs.exact, theirs.scores, "met")


PAPERS = st.sampled_from([*(f"essay:{name}" for name in COURSE.essays), "final"])


@st.composite
def histories(draw: st.DrawFn) -> Case:
    """A history of the platform's, with up to four marks given here that were taken."""
    known = draw(cases(MANAGERS))
    for number in range(draw(st.integers(0, 4))):
        who = marker(draw(MINUTES), event_id=f"mark-{number}")
        points = {"content": str(draw(st.integers(0, 40)))}
        paper = draw(PAPERS)
        what = wanted(paper, draw(ATTEMPTS), reason="xem lại", **({} if paper == "final" else points))
        try:
            known = marked(known, what, who)
        except MarkRefusedError:
            continue
    return known


@given(known=histories(), data=st.data())
def test_a_result_depends_on_the_set_of_events_alone_whoever_gave_the_marks(known: Case, data: st.DataObject) -> None:
    shuffled = replace(known, evidence=tuple(data.draw(st.permutations(known.evidence))))
    assert assess(shuffled) == assess(known)


@given(known=histories(), paper=PAPERS, attempt=ATTEMPTS, minute=st.integers(LAST_MINUTE, LAST_MINUTE + 5))
def test_a_mark_that_is_taken_counts(known: Case, paper: str, attempt: int, minute: int) -> None:
    """Whatever came before it: the board loses the paper, or goes on naming a later attempt alone."""
    owed = {one.paper: one.attempt for one in assess(known).unmarked}
    attempt = owed.get(paper, attempt)
    what, who = wanted(paper, attempt, reason="xem lại"), marker(minute, event_id="z")
    mark: Mark | None = None
    with suppress(MarkRefusedError):
        mark, _ = mark_of(known, RUBRICS, what, who)
    if mark is None:
        assert paper not in owed, "what stands on the board can be marked"
        return
    found = assess(replace(known, evidence=(*known.evidence, as_evidence(mark, who))))
    assert all(one.attempt > attempt for one in found.unmarked if one.paper == paper)
    if paper == "final":
        assert found.scores.final == "60.00"
