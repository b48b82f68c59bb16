"""Random histories of one learner in the tests' course, for laws that must hold whatever happened."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from services.grading.domain.assessment import Approval, Case
from services.grading.domain.evidence import Evidence
from services.grading.domain.gates import Conditions, Scores
from services.grading.domain.scheme import Scheme
from services.grading.domain.verdicts import Verdict
from tests.services.grading.domain.course import COURSE, at, case, piece, verdict

LAST_MINUTE = 40
# Beyond the history's end, so that an instant after everything is tried too.
INSTANTS = st.integers(-2, LAST_MINUTE + 2)
MINUTES = st.integers(0, LAST_MINUTE)
ESSAYS = st.sampled_from([*COURSE.essays, "e9"])
ATTEMPTS = st.integers(1, 3)
SCORES = st.integers(0, 100).map(str)


def _data(event_type: str) -> st.SearchStrategy[dict[str, object]]:
    mark = {"attempt": ATTEMPTS, "score": SCORES, "scale": st.just("100")}
    rating = st.integers(1, 5)
    members: dict[str, st.SearchStrategy[object]] = {}
    match event_type:
        case "material.completed":
            members = {
                "material": st.integers(0, 3),
                "kind": st.sampled_from(["document", "graphic", "video"]),
                "of": st.integers(1, 2),
            }
        case "task.completed":
            members = {"task": st.integers(0, 1), "of": st.just(1)}
        case "quiz.submitted":
            members = {"attempt": ATTEMPTS, "questions": st.just(40), "correct": st.integers(0, 40)}
        case "essay.submitted":
            members = {"essay": ESSAYS, "attempt": ATTEMPTS}
        case "essay.graded":
            members = {"essay": ESSAYS, **mark}
        case "final.submitted":
            members = {"attempt": ATTEMPTS}
        case "final.graded":
            members = dict(mark)
        case "profile.confirmed":
            members = {"correct": st.booleans()}
        case "survey.completed":
            answers = {"content": rating, "organisation": rating, "staff": rating}
            members = {"answers": st.fixed_dictionaries(answers)}
        case _:
            pass
    return st.fixed_dictionaries(members)


@st.composite
def evidence(draw: st.DrawFn) -> tuple[Evidence, ...]:
    """Evidence of every kind that moves a result, many pieces at one instant, ids in no order of time.

    Half of the histories end with a whole course, so that passing learners are as usual as failing ones.
    """
    types = [
        "account.created",
        "account.first_login",
        "course.registered",
        "material.completed",
        "task.completed",
        "quiz.submitted",
        "essay.submitted",
        "essay.graded",
        "final.submitted",
        "final.graded",
        "profile.confirmed",
        "survey.completed",
    ]
    chosen = draw(st.lists(st.sampled_from(types), max_size=14))
    pieces = [piece(event_type, draw(_data(event_type)), minute=draw(MINUTES)) for event_type in chosen]
    if draw(st.booleans()):
        pieces += draw(whole_course())
    names = draw(st.permutations(range(len(pieces))))
    return tuple(replace(entry, event_id=f"v-{name:03d}") for entry, name in zip(pieces, names, strict=True))


@st.composite
def whole_course(draw: st.DrawFn) -> list[Evidence]:
    """Everything done, in any order, with marks around the threshold."""
    score = st.integers(30, 70).map(str)
    done: list[tuple[str, dict[str, object]]] = [
        ("account.first_login", {}),
        ("course.registered", {}),
        ("material.completed", {"material": 0, "kind": "document", "of": 2}),
        ("material.completed", {"material": 1, "kind": "document", "of": 2}),
        ("material.completed", {"material": 0, "kind": "graphic", "of": 1}),
        ("material.completed", {"material": 0, "kind": "video", "of": 1}),
        ("task.completed", {"task": 0, "of": 1}),
        ("quiz.submitted", {"attempt": 1, "questions": 40, "correct": draw(st.integers(0, 40))}),
        *(
            ("essay.graded", {"essay": name, "attempt": 1, "score": draw(score), "scale": "100"})
            for name in COURSE.essays
        ),
        ("final.graded", {"attempt": 1, "score": draw(score), "scale": "100"}),
        ("profile.confirmed", {"correct": True}),
        ("survey.completed", {"answers": {"content": 4, "organisation": 4, "staff": 4}}),
    ]
    return [piece(event_type, data, minute=draw(MINUTES)) for event_type, data in done]


@st.composite
def verdicts(draw: st.DrawFn) -> tuple[Verdict, ...]:
    """Verdicts at both gates, some at one instant, recorded in the order of the list."""
    return tuple(
        verdict(draw(st.sampled_from(["core_team", "institution"])), met=draw(st.booleans()), minute=minute, order=n)
        for n, minute in enumerate(draw(st.lists(MINUTES, max_size=4)))
    )


@st.composite
def cases(draw: st.DrawFn, scheme: Scheme) -> Case:
    """A whole case: evidence, window, verdicts, approval, withdrawals, an enrolment that may come late."""
    moment = st.none() | MINUTES.map(at)
    approval = None
    if draw(st.booleans()):
        nothing = Scores(None, None, None, None)
        approval = Approval("list", at(draw(MINUTES)), "x", nothing, Conditions(survey=True, profile=True), "met")
    return replace(
        case(draw(evidence()), scheme),
        enrolled_at=at(draw(MINUTES)) if draw(st.booleans()) else at(-1),
        closes_at=draw(moment),
        has_account_at=draw(moment),
        withdrawn_at=draw(moment),
        verdicts=draw(verdicts()),
        approval=approval,
        pass_withdrawn_at=draw(moment),
        certified_at=draw(moment),
    )
