"""Gates, status, what is missing and who holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from services.grading.domain.assessment import Approval, Case, Missing, assess
from services.grading.domain.evidence import Evidence
from services.grading.domain.gates import Gate
from services.grading.domain.scheme import parse
from tests.services.grading.domain.course import (
    CLOSES,
    arrival,
    at,
    case,
    complete,
    definition,
    essay,
    essay_mark,
    final,
    final_mark,
    piece,
    profile,
    quiz,
    scored,
    survey,
    verdict,
    with_total,
)

REFUSING = parse(definition() | {"after_window": "refuse"})
HOLDER = "cc.01@longan.edu.vn"


def whats(of: Case) -> list[str]:
    return [missing.what for missing in assess(of).missing]


def approved(of: Case, minute: int = 300) -> Case:
    """The case on an approved list that froze what it says now."""
    now = assess(of)
    approval = Approval("list-1", at(minute), "leader@longan.edu.vn", now.scores, now.conditions, now.gates.lms.state)
    return replace(of, approval=approval)


def judged(evidence: list[Evidence] | None = None) -> Case:
    both = (verdict("core_team", minute=200), verdict("institution", minute=210))
    return replace(case(complete() if evidence is None else evidence), verdicts=both)


def test_a_learner_without_evidence_has_not_started_and_owes_everything() -> None:
    found = assess(case())
    assert found.status == "not_started"
    assert found.gates.lms == Gate("waiting")
    assert found.gates.core_team == Gate("waiting", holder=HOLDER)
    assert [missing.what for missing in found.missing] == [
        "log_in",
        "registration",
        "materials",
        "tasks",
        "quiz",
        "essay:e1",
        "essay:e2",
        "essay:e3",
        "final",
        "survey",
        "profile",
    ]
    assert {missing.holder for missing in found.missing} == {"learner"}


def test_the_vendor_holds_the_log_in_of_a_learner_without_an_account() -> None:
    assert assess(replace(case(), has_account_at=None)).missing[0] == Missing("log_in", "vendor")
    created = replace(case([piece("account.created")]), has_account_at=None)
    assert assess(created).missing[0] == Missing("log_in", "learner")


def test_any_act_of_the_learner_shows_that_she_logged_in() -> None:
    found = assess(case([quiz(30, minute=20), final_mark("50", minute=5)]))
    assert found.first_login_at == at(20)
    assert found.registered_at is None
    assert "log_in" not in [missing.what for missing in found.missing]
    assert "log_in" in whats(case([final_mark("50")]))


def test_any_evidence_is_studying_by_status() -> None:
    assert assess(case([piece("account.created")])).status == "studying"


def test_95_without_the_survey_is_not_met_and_names_it() -> None:
    unmarked = [entry for entry in scored(("100", "100", "100"), correct=40) if entry.type != "final.graded"]
    found = assess(case([*unmarked, final_mark("55", scale="60"), profile()]))
    assert found.exact.total == Fraction(95)
    assert found.gates.lms.state == "waiting"
    assert found.missing == (Missing("survey", "learner"),)
    assert found.status == "studying"
    assert not found.conditions.survey


def test_a_profile_confirmed_as_wrong_is_an_answer_that_says_no() -> None:
    found = assess(case([*scored(), survey(), profile(correct=False)]))
    assert found.gates.lms == Gate("refused", at=at(81), reasons=("profile",))
    assert found.missing == (Missing("profile", "learner"),)
    assert found.status == "studying"


def test_the_latest_confirmation_of_the_profile_counts() -> None:
    righted = [*scored(), survey(), profile(correct=False, minute=81), profile(minute=90)]
    assert assess(case(righted)).gates.lms == Gate("met", at=at(90))
    wronged = [*scored(), survey(), profile(correct=False, minute=95), profile(minute=90)]
    assert assess(case(wronged)).gates.lms.state == "refused"


def test_all_reasons_of_a_refusal_are_given() -> None:
    evidence = [entry for entry in with_total("50").evidence if entry.type != "profile.confirmed"]
    found = assess(replace(with_total("50"), evidence=(*evidence, profile(correct=False))))
    assert found.gates.lms.reasons == ("total:50", "profile")


def test_the_gate_waits_while_a_mark_or_an_item_is_undone() -> None:
    low = complete(("0", "0", "0"), "10")
    assert assess(case(low)).gates.lms.state == "refused"
    assert assess(case([*low, final(attempt=2, minute=90)])).gates.lms.state == "waiting"
    assert assess(case([entry for entry in low if entry.type != "task.completed"])).gates.lms.state == "waiting"


def test_the_gate_is_met_although_an_essay_is_missing_when_the_total_passes() -> None:
    evidence = [entry for entry in complete(final_score="90") if getattr(entry.facts, "essay", None) != "e3"]
    found = assess(case(evidence))
    assert found.gates.lms.state == "met"
    assert [missing.what for missing in found.missing] == ["essay:e3", "core_team"]


def test_the_next_step_alone_is_named_until_the_certificate() -> None:
    passed = case(complete())
    assert assess(passed).status == "in_verdict"
    assert assess(passed).missing == (Missing("core_team", "core_team"),)
    core = replace(passed, verdicts=(verdict("core_team"),))
    assert assess(core).missing == (Missing("institution", "institution"),)
    assert assess(judged()).missing == (Missing("list", "department"),)
    assert assess(approved(judged())).missing == (Missing("certificate", "department"),)
    assert assess(replace(approved(judged()), certified_at=at(400))).missing == ()


def test_the_latest_verdict_decides() -> None:
    no, yes = verdict("core_team", met=False, minute=200), verdict("core_team", minute=200, order=1)
    refused = assess(replace(case(complete()), verdicts=(no,)))
    assert refused.status == "refused"
    assert refused.gates.core_team == Gate("refused", no.by_account, no.at, ("chưa đạt yêu cầu",))
    assert refused.missing == ()
    assert assess(replace(case(complete()), verdicts=(yes, no))).gates.core_team.state == "met"


def test_a_verdict_stands_after_a_regrade_and_the_status_says_review() -> None:
    found = assess(judged([*complete(), final_mark("0", minute=250)]))
    assert found.gates.lms.state == "refused"
    assert found.gates.core_team.state == "met"
    assert found.status == "review"


def test_an_approved_list_recognises_and_later_evidence_opens_a_review() -> None:
    listed = approved(judged())
    found = assess(listed)
    assert found.status == "recognised"
    assert found.gates.list == Gate("met", "leader@longan.edu.vn", at(300))
    later = replace(listed, evidence=(*listed.evidence, final_mark("61", minute=310)))
    assert assess(later).status == "review"
    assert assess(later).scores.final == "61.00"
    same = replace(listed, evidence=(*listed.evidence, piece("question.asked", {"question": 1}, minute=310)))
    assert assess(same).status == "recognised"
    unsure = replace(listed, verdicts=(*listed.verdicts, verdict("institution", met=False, minute=320)))
    assert assess(unsure).status == "review"


def test_a_pass_withdrawn_by_a_person_is_refused() -> None:
    found = assess(replace(approved(judged()), pass_withdrawn_at=at(350)))
    assert found.status == "refused"
    assert found.gates.list == Gate("refused", at=at(350), reasons=("pass_withdrawn",))
    assert found.missing == ()
    again = replace(approved(judged(), minute=400), pass_withdrawn_at=at(350))
    assert assess(again).status == "recognised"


def test_a_withdrawn_learner_owes_nothing() -> None:
    found = assess(replace(case(arrival()), withdrawn_at=at(100)))
    assert found.status == "withdrawn"
    assert found.missing == ()
    assert found.figures == frozenset()


def test_gates_that_a_scheme_does_not_ask_follow_the_one_before() -> None:
    scheme = parse(definition() | {"gates": ["lms", "institution", "list"]})
    waiting = assess(case(arrival(), scheme))
    assert waiting.gates.core_team == Gate("waiting", reasons=("not_required",))
    met = assess(case(complete(), scheme))
    assert met.gates.core_team.state == "met"
    assert met.missing == (Missing("institution", "institution"),)
    assert "core_team_met" in met.figures


def test_a_condition_that_a_scheme_does_not_ask_is_not_owed() -> None:
    scheme = parse(definition() | {"conditions": []})
    found = assess(case(scored(), scheme))
    assert found.gates.lms.state == "met"
    assert found.missing == (Missing("core_team", "core_team"),)


def late(entry: Evidence) -> Evidence:
    return replace(entry, at=CLOSES + timedelta(seconds=1))


def test_work_after_the_window_counts_and_is_flagged() -> None:
    found = assess(case([late(quiz(40))]))
    assert found.flags == ("after_window",)
    assert found.scores.process == "50.00"
    just = replace(quiz(40), at=CLOSES + timedelta(milliseconds=900))
    assert assess(case([just])).flags == ()
    assert assess(replace(case([late(quiz(40))]), closes_at=None)).flags == ()


def test_marks_after_the_window_are_not_late() -> None:
    assert assess(case([essay("e1"), late(essay_mark("e1", "50"))])).flags == ()


def test_a_scheme_may_refuse_work_after_the_window_and_its_marks() -> None:
    marked = replace(final_mark("90"), at=CLOSES + timedelta(days=2))
    found = assess(case([late(final()), late(quiz(40)), marked], REFUSING))
    assert found.flags == ("after_window",)
    assert found.scores.final is None
    assert {"final", "quiz"} <= {missing.what for missing in found.missing}
    in_time = assess(case([final(), late(final()), marked], REFUSING))
    assert in_time.scores.final == "90.00"


def test_satisfaction_is_the_newest_survey() -> None:
    other = piece("survey.completed", {"answers": {"content": 1, "organisation": 2, "staff": 3}}, minute=85)
    found = assess(case([other, survey(minute=80)])).satisfaction
    assert found is not None
    assert (found.content, found.organisation, found.staff, found.at) == (1, 2, 3, at(85))


def test_the_order_of_evidence_of_one_instant_follows_event_ids() -> None:
    one = replace(profile(correct=False, minute=81), event_id="v-1")
    two = replace(profile(minute=81), event_id="v-2")
    assert assess(case([two, one])).conditions.profile
