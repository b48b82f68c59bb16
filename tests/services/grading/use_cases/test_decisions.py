"""Verdicts, lists and withdrawn passes: who may, in which order, all or nothing, and what stands afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.grading.domain.scheme import shipped
from services.grading.domain.verdicts import Problem
from services.grading.use_cases.verdicts import Asked, give_verdicts
from shared.audit import Act
from shared.clock import new_id
from shared.events.grading import Recognition, Result
from shared.identity import Role
from tests.services.grading.conftest import CORE, LECTURER, Grading
from tests.services.grading.roster_says import (
    AUDIENCE,
    CLASS,
    CLOSES,
    ENROLMENT,
    OTHER_CLASS,
    PERSON,
    certificate,
    enrolment,
)
from tests.services.grading.vendor import batch, event, final_mark, single, whole_course
from tests.support.states import PROVINCE, number

SECOND, THIRD = number(2, kind=1), number(3, kind=1)
UNKNOWN = number(99, kind=1)


async def ready(grading: Grading, *numbers: int) -> None:
    """Learners whose three gates are met."""
    await grading.hear(*(enrolment(n, [f"gv.{n}@longan.edu.vn"]) for n in numbers))
    for n in numbers:
        await grading.take(batch(whole_course(f"w{n}", account=f"gv.{n}@longan.edu.vn")))
    await grading.assess()
    ids = [number(n, kind=1) for n in numbers]
    assert await grading.verdict("core_team", *ids) == [None] * len(ids)
    assert await grading.verdict("institution", *ids) == [None] * len(ids)


async def recognition(grading: Grading) -> Recognition:
    found = (await grading.result()).recognition
    assert found is not None
    return found


async def verdict_as(grading: Grading, gate: str, rows: list[dict[str, Any]], token: str) -> list[str | None]:
    answer = await grading.done(token, "POST", "/verdicts", {"gate": gate, "verdicts": rows})
    assert [item["accepted"] for item in answer["items"]] == [item["problem"] is None for item in answer["items"]]
    return [item["problem"] for item in answer["items"]]


async def test_the_gates_open_in_their_order(passing: Grading) -> None:
    assert await passing.verdict("institution", ENROLMENT) == [Problem.GATE_BEFORE]
    assert await passing.verdict("core_team", ENROLMENT) == [None]
    assert await passing.verdict("institution", ENROLMENT) == [None]
    result = await passing.result()
    assert (result.gates.core_team.state, result.gates.institution.state) == ("met", "met")
    assert result.gates.core_team.by == "cc.01@longan.edu.vn"


async def test_each_row_of_a_call_stands_or_falls_by_itself(passing: Grading) -> None:
    await passing.hear(
        enrolment(2, ["gv.2@longan.edu.vn"]),
        enrolment(3, ["gv.3@longan.edu.vn"], class_id=OTHER_CLASS),
        enrolment(4, [], withdrawn_at=CLOSES),
    )
    await passing.assess()
    rows = [
        {"enrolment_id": str(one), "met": met, "reason": reason}
        for one, met, reason in [
            (SECOND, True, None),
            (THIRD, True, None),
            (UNKNOWN, True, None),
            (number(4, kind=1), True, None),
            (ENROLMENT, True, None),
        ]
    ]
    problems = await verdict_as(passing, "core_team", rows, passing.core)
    assert problems == [Problem.GATE_BEFORE, "not_found", "not_found", Problem.WITHDRAWN, None]
    assert await passing.count("verdict") == 1
    audited = await passing.rows("SELECT action, object_id FROM audit WHERE action = 'verdict.give'")
    assert [row.object_id for row in audited] == [str(ENROLMENT)]
    # Ids that nobody has leave no trace.
    assert await passing.rows("SELECT 1 FROM aggregate WHERE aggregate_id = :id", id=UNKNOWN) == []


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        (None, Problem.REASON_MISSING),
        ("  ", Problem.REASON_MISSING),
        ("x" * 501, Problem.REASON_TOO_LONG),
        ("a\x00b", Problem.REASON_CHARACTERS),
        ("  bài thi của người khác  ", None),
    ],
)
async def test_a_refusal_needs_a_reason_that_can_be_kept(
    passing: Grading, reason: str | None, problem: Problem | None
) -> None:
    assert await passing.verdict("core_team", ENROLMENT, met=False, reason=reason) == [problem]
    result = await passing.result()
    if problem is None:
        assert (result.status, result.gates.core_team.reasons) == ("refused", ["bài thi của người khác"])
    else:
        assert result.gates.core_team.state == "waiting"


async def test_nobody_judges_herself_and_nobody_speaks_in_two_roles(passing: Grading) -> None:
    row = [{"enrolment_id": str(ENROLMENT), "met": True}]
    herself = passing.token(Role.CORE_TEACHER, person=PERSON, class_id=CLASS)
    assert await verdict_as(passing, "core_team", row, herself) == [Problem.OWN_RESULT]
    assert await verdict_as(passing, "core_team", row, passing.core) == [None]
    both = passing.token(Role.INSTITUTION_LECTURER, person=CORE, audience=AUDIENCE)
    assert await verdict_as(passing, "institution", row, both) == [Problem.SECOND_ROLE]
    assert await verdict_as(passing, "institution", row, passing.lecturer) == [None]
    list_id = await passing.draft(ENROLMENT)
    for person, problem in ((PERSON, Problem.OWN_RESULT), (CORE, Problem.SECOND_ROLE), (LECTURER, Problem.SECOND_ROLE)):
        token = passing.token(Role.DEPARTMENT_LEADER, person=person)
        answer = await passing.call(token, "POST", f"/recognition-lists/{list_id}/approve")
        assert answer.status_code == 409
        assert answer.json()["items"] == [{"enrolment_id": str(ENROLMENT), "problem": problem}]
    assert (await passing.approve(list_id)).status_code == 200


async def test_a_gate_the_scheme_does_not_ask_for_takes_no_verdict(passing: Grading) -> None:
    short = {key: replace(scheme, gates=("lms", "institution", "list")) for key, scheme in shipped().items()}
    act = Act(province_id=PROVINCE, account="x", person_id=CORE, at=CLOSES, new_id=new_id)
    judged = await give_verdicts(
        passing.api, act, "core_team", [Asked(ENROLMENT, met=True, reason=None)], short, lambda _: True
    )
    assert [row.problem for row in judged] == [Problem.GATE_NOT_ASKED]


async def test_a_verdict_given_again_by_the_same_role_counts_by_its_latest_word(passing: Grading) -> None:
    await passing.verdict("core_team", ENROLMENT, met=False, reason="thiếu bài")
    assert (await passing.result()).status == "refused"
    await passing.verdict("core_team", ENROLMENT)
    assert (await passing.result()).gates.core_team.state == "met"


async def test_a_learner_named_twice_in_one_call_is_judged_by_the_first_row_alone(passing: Grading) -> None:
    rows = [
        {"enrolment_id": str(ENROLMENT), "met": True, "reason": None},
        {"enrolment_id": str(ENROLMENT), "met": False, "reason": "nhầm dòng"},
    ]
    assert await verdict_as(passing, "core_team", rows, passing.core) == [None, Problem.ROW_TWICE]
    assert await passing.count("verdict") == 1
    assert (await passing.result()).gates.core_team.state == "met"


async def test_the_same_verdict_again_is_accepted_and_leaves_no_second_entry(passing: Grading) -> None:
    rows = [{"enrolment_id": str(ENROLMENT), "met": False, "reason": "thiếu bài"}]
    for _ in range(2):
        assert await verdict_as(passing, "core_team", rows, passing.core) == [None]
    assert await passing.verdict("core_team", ENROLMENT, met=False, reason=" thiếu bài ") == [None]
    assert await passing.count("verdict") == 1
    assert len(await passing.rows("SELECT 1 FROM audit WHERE action = 'verdict.give'")) == 1
    colleague = passing.token(Role.CORE_TEACHER, person=number(77), class_id=CLASS)
    assert await verdict_as(passing, "core_team", rows, colleague) == [None]
    assert await passing.count("verdict") == 2


async def test_the_same_verdict_sent_at_once_leaves_one_entry(passing: Grading) -> None:
    answers = await asyncio.gather(*(passing.verdict("core_team", ENROLMENT) for _ in range(4)))
    assert answers == [[None]] * 4
    assert await passing.count("verdict") == 1


async def test_a_verdict_said_again_is_accepted_though_the_learner_has_gone_on(passing: Grading) -> None:
    assert await passing.verdict("core_team", ENROLMENT) == [None]
    await passing.take(single(final_mark("worse", "10", attempt=2, minute=90)))
    assert await passing.verdict("core_team", ENROLMENT) == [None]
    assert await passing.verdict("core_team", ENROLMENT, met=False, reason="thiếu bài") == [Problem.GATE_BEFORE]


async def test_a_verdict_older_than_the_one_in_force_is_refused(passing: Grading) -> None:
    assert await passing.verdict("core_team", ENROLMENT) == [None]
    body = {
        "gate": "core_team",
        "verdicts": [{"enrolment_id": str(ENROLMENT), "met": False, "reason": "thiếu bài"}],
    }
    answer = await passing.call(passing.core, "POST", "/verdicts", body, at="2021-01-15T07:59:59+07:00")
    assert answer.json()["items"] == [{"enrolment_id": str(ENROLMENT), "accepted": False, "problem": Problem.OLDER}]
    assert await passing.count("verdict") == 1
    assert (await passing.result()).gates.core_team.state == "met"


async def test_a_verdict_stands_after_a_regrade_and_the_status_says_review(passing: Grading) -> None:
    await passing.verdict("core_team", ENROLMENT)
    await passing.take(single(final_mark("worse", "10", attempt=2, minute=90)))
    result = await passing.result()
    assert (result.status, result.gates.lms.state, result.gates.core_team.state) == ("review", "refused", "met")
    assert result.gates.lms.reasons == ["total:38.5"]
    # The next verdict asks for the gate before it alone.
    assert await passing.verdict("institution", ENROLMENT) == [None]
    refused = await passing.call(
        passing.officer, "POST", "/recognition-lists", {"title": "x", "enrolment_ids": [str(ENROLMENT)]}
    )
    assert refused.json()["items"][0]["problem"] == Problem.GATES_NOT_MET


async def test_a_list_is_made_all_or_nothing_and_names_each_row_that_may_not_stand(passing: Grading) -> None:
    await ready(passing, 2)
    asked = [str(one) for one in (ENROLMENT, SECOND, UNKNOWN)]
    answer = await passing.call(passing.officer, "POST", "/recognition-lists", {"title": "x", "enrolment_ids": asked})
    assert answer.status_code == 409
    assert {row["enrolment_id"]: row["problem"] for row in answer.json()["items"]} == {
        str(ENROLMENT): Problem.GATES_NOT_MET,
        str(UNKNOWN): "not_found",
    }
    assert await passing.count("recognition_list") == 0


async def test_the_same_draft_again_is_the_same_list_also_when_asked_for_at_once(grading: Grading) -> None:
    await ready(grading, 1, 2)
    lists = await asyncio.gather(*(grading.draft(ENROLMENT, SECOND) for _ in range(6)))
    assert len(set(lists)) == 1
    assert await grading.draft(SECOND, ENROLMENT) == lists[0]
    assert await grading.draft(ENROLMENT) != lists[0]
    assert await grading.draft(ENROLMENT, SECOND, title="Danh sách 2") != lists[0]
    assert await grading.count("recognition_list") == 3


async def test_the_gates_are_checked_again_when_a_list_is_approved(grading: Grading) -> None:
    await ready(grading, 1, 2)
    list_id = await grading.draft(ENROLMENT, SECOND)
    await grading.take(single(final_mark("worse", "10", attempt=2, minute=90, account="gv.2@longan.edu.vn")))
    # Even before the worker has looked at the new mark.
    answer = await grading.approve(list_id)
    assert answer.status_code == 409
    assert answer.json()["items"] == [{"enrolment_id": str(SECOND), "problem": Problem.GATES_NOT_MET}]
    await grading.assess()
    assert {result.status for result in (await grading.results()).values()} == {"in_verdict", "review"}
    await grading.take(single(final_mark("better", "90", attempt=3, minute=95, account="gv.2@longan.edu.vn")))
    await grading.assess()
    assert (await grading.approve(list_id)).json()["rows"] == 2
    assert {result.status for result in (await grading.results()).values()} == {"recognised"}


async def test_a_list_is_approved_once_and_its_learners_stand_on_no_other(grading: Grading) -> None:
    await ready(grading, 1, 2)
    first, second = await grading.draft(ENROLMENT), await grading.draft(ENROLMENT, SECOND, title="2")
    assert (await grading.approve(first)).status_code == 200
    assert (await grading.approve(first)).status_code == 409
    answer = await grading.approve(second)
    assert answer.status_code == 409
    assert answer.json()["items"] == [{"enrolment_id": str(ENROLMENT), "problem": Problem.ALREADY_APPROVED}]
    assert (await grading.said(SECOND)).count("passed") == 0


@pytest.mark.parametrize("lists", [1, 2])
async def test_of_two_approvals_at_once_one_wins(grading: Grading, lists: int) -> None:
    await ready(grading, 1)
    asked = [await grading.draft(ENROLMENT, title=f"Danh sách {n % lists}") for n in range(2)]
    answers = await asyncio.gather(*(grading.approve(one) for one in asked * 3))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    assert (await grading.said()).count("passed") == 1
    approved = await grading.rows("SELECT 1 FROM recognition_list WHERE approved_at IS NOT NULL")
    assert len(approved) == 1
    audited = await grading.rows("SELECT 1 FROM audit WHERE action = 'recognition_list.approve'")
    assert len(audited) == 1


async def test_late_evidence_opens_a_review_and_what_was_approved_stays(grading: Grading) -> None:
    await ready(grading, 1)
    list_id = await grading.draft(ENROLMENT)
    await grading.approve(list_id)
    await grading.hear(certificate(1, ENROLMENT))
    approved = await recognition(grading)
    assert approved.scores.total == "68.50"
    account = "gv.1@longan.edu.vn"

    await grading.take(single(final_mark("lower", "20", attempt=2, minute=900, account=account)))
    result = await grading.result()
    assert (result.status, result.scores.total, result.gates.lms.state) == ("review", "44.50", "refused")
    assert result.gates.list.state == "met"
    assert result.recognition == approved
    item = await grading.done(grading.officer, "GET", f"/results/{ENROLMENT}")
    assert item["certificate"]["state"] == "valid"
    assert "pass_withdrawn" not in await grading.said()

    await grading.take(single(final_mark("as-before", "60", attempt=3, minute=901, account=account)))
    result = await grading.result()
    assert (result.status, result.scores.total) == ("recognised", "68.50")
    assert result.recognition == approved
    assert (await grading.said()).count("passed") == 1


async def test_a_person_corrected_later_does_not_change_what_was_approved(grading: Grading) -> None:
    await ready(grading, 1)
    await grading.approve(await grading.draft(ENROLMENT))
    approved = await recognition(grading)
    state = enrolment(1, ["gv.1@longan.edu.vn"], unit_name="Trường Tiểu học Hai")
    await grading.hear(state)
    assert await recognition(grading) == approved


async def test_a_pass_withdrawn_is_said_once_and_she_may_stand_on_a_new_list(grading: Grading) -> None:
    await ready(grading, 1)
    await grading.approve(await grading.draft(ENROLMENT))
    body = {"reason": "thi hộ"}
    path = f"/results/{ENROLMENT}/withdraw-pass"
    late = "2021-02-01T08:00:00+07:00"
    assert (await grading.call(grading.leader, "POST", path, body, at=late)).status_code == 200
    result = await grading.result()
    assert (result.status, result.gates.list.state, result.gates.list.reasons) == (
        "refused", "refused", ["pass_withdrawn"],
    )  # fmt: skip
    assert result.pass_withdrawn_at is not None
    assert (await grading.call(grading.leader, "POST", path, body, at=late)).status_code == 409
    assert (await grading.said())[-1] == "pass_withdrawn"

    second = await grading.draft(ENROLMENT, title="Danh sách 2")
    assert (await grading.approve(second, at="2021-03-01T08:00:00+07:00")).status_code == 200
    result = await grading.result()
    assert (result.status, result.pass_withdrawn_at) == ("recognised", None)
    assert (await grading.said())[-1] == "passed"


async def test_a_pass_cannot_be_withdrawn_before_it_was_given(grading: Grading) -> None:
    """A clock set back must not answer 200 for a decision that has no effect."""
    await ready(grading, 1)
    path = f"/results/{ENROLMENT}/withdraw-pass"
    assert (await grading.call(grading.leader, "POST", path, {"reason": "x"})).status_code == 409
    await grading.approve(await grading.draft(ENROLMENT))
    early = "2021-01-01T08:00:00+07:00"
    answer = await grading.call(grading.leader, "POST", path, {"reason": "x"}, at=early)
    result = await grading.result()
    if answer.status_code == 200:
        assert (result.status, result.gates.list.state) == ("refused", "refused")
    else:
        assert answer.status_code == 409
        assert (result.status, await grading.count("pass_withdrawal")) == ("recognised", 0)


async def test_verdicts_evidence_and_approvals_at_once_leave_one_consistent_end(grading: Grading) -> None:
    numbers = range(1, 9)
    await ready(grading, *numbers)
    ids = [number(n, kind=1) for n in numbers]
    list_id = await grading.draft(*ids)

    async def worse(n: int) -> None:
        await grading.take(
            single(final_mark(f"worse-{n}", "10", attempt=2, minute=90, account=f"gv.{n}@longan.edu.vn"))
        )

    async def again() -> None:
        await grading.verdict("core_team", *reversed(ids))

    async with asyncio.TaskGroup() as tasks:
        approving = tasks.create_task(grading.approve(list_id))
        for work in (again(), grading.assess(), *(worse(n) for n in range(1, 5)), again()):
            tasks.create_task(work)
    approval = approving.result()
    await grading.assess()
    results = list((await grading.results()).values())
    assert approval.status_code in (200, 409)
    approved = [result for result in results if result.recognition is not None]
    assert len(approved) == (8 if approval.status_code == 200 else 0)
    assert [one.status for one in results].count("review") == 4
    for result in approved:
        assert frozen_total(result) == "68.50"


def frozen_total(result: Result) -> str | None:
    return None if result.recognition is None else result.recognition.scores.total


async def test_whoever_is_no_person_of_the_roster_decides_nothing(passing: Grading) -> None:
    nobody = passing.token(Role.CORE_TEACHER, class_id=CLASS)
    body = {"gate": "core_team", "verdicts": [{"enrolment_id": str(ENROLMENT), "met": True}]}
    assert (await passing.call(nobody, "POST", "/verdicts", body)).status_code == 403
    assert await passing.count("verdict") == 0


async def test_evidence_recorded_after_a_verdict_but_dated_before_it_is_seen_in_the_dated_figures(
    passing: Grading,
) -> None:
    await passing.verdict("core_team", ENROLMENT)
    earlier = event("early-log-in", minute=-60)
    await passing.take(single(earlier))
    result = await passing.result()
    moved = [one for one in result.movements if one.figure == "logged_in"]
    assert result.first_login_at is not None
    assert moved[0].at == result.first_login_at
    assert result.first_login_at < CLOSES - timedelta(days=15)
