"""The rows of a recognition list: what has changed since, what an approval would refuse, who sees whom."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import msgspec
import pytest
from python_calamine import CalamineWorkbook

from shared.identity import Role
from tests.services.grading.conftest import DECIDED_AT, LECTURER, Grading
from tests.services.grading.roster_says import AUDIENCE, OFFERING, OTHER_UNIT, UNIT, enrolment
from tests.services.grading.vendor import batch, final_mark, single, whole_course
from tests.support.states import PROVINCE, number

FIRST, SECOND = number(1, kind=1), number(2, kind=1)
SECOND_ACCOUNT = "gv.2@longan.edu.vn"
LATER_AT = "2021-01-20T08:00:00+07:00"


async def ready(grading: Grading) -> str:
    """Two learners through all three gates, on one draft; they differ in unit and audience."""
    teachers = msgspec.structs.replace(OFFERING, audience="teachers")
    elsewhere = {"unit_id": OTHER_UNIT, "unit_path": [PROVINCE, OTHER_UNIT]}
    await grading.hear(enrolment(1), enrolment(2, [SECOND_ACCOUNT], offering=teachers, **elsewhere))
    await grading.take(batch([*whole_course("w1"), *whole_course("w2", account=SECOND_ACCOUNT)]))
    await grading.assess()
    await grading.verdict("core_team", FIRST, SECOND)
    for one, audience in ((FIRST, AUDIENCE), (SECOND, "teachers")):
        await judge(grading, one, audience)
    return await grading.draft(FIRST, SECOND)


async def judge(grading: Grading, one: UUID, audience: str, *, met: bool = True) -> None:
    """The institution's verdict."""
    token = grading.token(Role.INSTITUTION_LECTURER, person=LECTURER, audience=audience)
    row = {"enrolment_id": str(one), "met": met, "reason": None if met else "chưa bám sát hướng dẫn"}
    at = DECIDED_AT if met else LATER_AT
    answer = await grading.done(token, "POST", "/verdicts", {"gate": "institution", "verdicts": [row]}, at=at)
    assert answer["items"][0]["problem"] is None


async def rows(grading: Grading, list_id: str, token: str = "", **query: Any) -> dict[UUID, Any]:
    page = await grading.done(token or grading.leader, "GET", f"/recognition-lists/{list_id}/rows", params=query)
    return {UUID(row["enrolment_id"]): row for row in page["items"]}


async def test_a_draft_whose_rows_stand_as_they_were_made_has_nothing_to_say(grading: Grading) -> None:
    found = await rows(grading, await ready(grading))
    assert [(row["problem"], row["changes"], row["other_list"]) for row in found.values()] == [(None, [], None)] * 2
    assert found[FIRST]["scores"]["total"] == "68.50"
    assert found[FIRST]["gates"]["institution"]["by"] == "institution_lecturer@test"


async def test_a_mark_after_the_list_was_made_is_a_change_and_below_the_threshold_a_refusal(grading: Grading) -> None:
    list_id = await ready(grading)
    await grading.take(single(final_mark("better", "70", attempt=2, minute=90)))
    await grading.take(single(final_mark("worse", "10", attempt=2, minute=90, account=SECOND_ACCOUNT)))
    # Even before the worker has looked at the new marks.
    found = await rows(grading, list_id)
    assert found[FIRST]["problem"] is None
    assert found[FIRST]["changes"] == [
        {"what": "final", "before": "60.00", "now": "70.00"},
        {"what": "total", "before": "68.50", "now": "74.50"},
    ]
    assert found[SECOND]["problem"] == "gates_not_met"
    assert {"what": "lms", "before": "met", "now": "refused"} in found[SECOND]["changes"]
    refused = (await grading.approve(list_id)).json()["items"]
    assert refused == [{"enrolment_id": str(SECOND), "problem": "gates_not_met"}]


async def test_a_verdict_taken_back_is_a_change(grading: Grading) -> None:
    list_id = await ready(grading)
    await judge(grading, FIRST, AUDIENCE, met=False)
    found = await rows(grading, list_id)
    assert found[FIRST]["changes"] == [{"what": "institution", "before": "met", "now": "refused"}]
    assert (found[FIRST]["problem"], found[FIRST]["gates"]["institution"]["reasons"]) == (
        "gates_not_met",
        ["chưa bám sát hướng dẫn"],
    )


async def test_of_an_approved_list_the_changes_are_those_since_its_approval(grading: Grading) -> None:
    list_id = await ready(grading)
    await grading.take(single(final_mark("before", "70", attempt=2, minute=90)))
    assert (await grading.approve(list_id)).status_code == 200
    assert (await rows(grading, list_id))[FIRST]["changes"] == []
    await grading.take(single(final_mark("after", "80", attempt=3, minute=95)))
    row = (await rows(grading, list_id))[FIRST]
    assert (row["status"], row["problem"]) == ("review", None)
    assert row["changes"][0] == {"what": "final", "before": "70.00", "now": "80.00"}


async def test_who_was_recognised_before_is_told_of_with_the_list_she_stood_on(grading: Grading) -> None:
    earlier = await ready(grading)
    again = await grading.draft(FIRST, title="Danh sách 2")
    assert (await grading.approve(earlier)).status_code == 200
    row = (await rows(grading, again))[FIRST]
    assert (row["problem"], row["other_list"]["id"]) == ("already_approved", earlier)
    body = {"reason": "nhầm người"}
    await grading.done(grading.leader, "POST", f"/results/{FIRST}/withdraw-pass", body, at=LATER_AT)
    row = (await rows(grading, again))[FIRST]
    assert (row["problem"], row["other_list"]["pass_withdrawn_at"]) == (None, "2021-01-20T01:00:00Z")
    assert (await rows(grading, earlier))[FIRST]["pass_withdrawn_at"] == "2021-01-20T01:00:00Z"


async def test_an_approver_reads_which_rows_she_herself_may_not_decide(grading: Grading) -> None:
    list_id = await ready(grading)
    lecturer_too = grading.token(Role.DEPARTMENT_LEADER, person=LECTURER)
    assert {row["problem"] for row in (await rows(grading, list_id, lecturer_too)).values()} == {"second_role"}
    assert {row["problem"] for row in (await rows(grading, list_id, grading.officer)).values()} == {None}


@pytest.mark.parametrize(
    ("role", "over", "expected"),
    [
        (Role.PROVINCE_OFFICER, {}, {FIRST, SECOND}),
        (Role.AUDITOR, {}, {FIRST, SECOND}),
        (Role.DEPARTMENT_LEADER, {"unit_id": UNIT}, {FIRST}),
        (Role.INSTITUTION_LECTURER, {"audience": "teachers"}, {SECOND}),
        (Role.INSTITUTION_LECTURER, {"audience": "students"}, None),
    ],
)
async def test_a_list_shows_the_rows_within_reach(
    grading: Grading, role: Role, over: dict[str, Any], expected: set[UUID] | None
) -> None:
    list_id = await ready(grading)
    token = grading.token(role, person=number(91, kind=2), **over)
    if expected is None:
        answer = await grading.call(token, "GET", f"/recognition-lists/{list_id}/rows")
        assert answer.status_code == 404
    else:
        assert set(await rows(grading, list_id, token)) == expected


async def test_rows_are_paged_and_the_workbook_has_them_all(grading: Grading) -> None:
    list_id = await ready(grading)
    page = await grading.done(grading.leader, "GET", f"/recognition-lists/{list_id}/rows", params={"limit": 1})
    assert (len(page["items"]), page["total"]) == (1, 2)
    rest = await rows(grading, list_id, limit=1, cursor=page["next"])
    assert set(rest) == {FIRST, SECOND} - {UUID(page["items"][0]["enrolment_id"])}
    path = f"/recognition-lists/{list_id}/rows"
    answer = await grading.call(grading.leader, "GET", path, params={"format": "xlsx", "limit": 1})
    header, *lines = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [line[header.index("Tổng điểm")] for line in lines] == ["68.50", "68.50"]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("core_team", {SECOND}), ("institution", {FIRST}), ("list", set()), ("mark:final", set())],
)
async def test_results_are_asked_for_by_what_they_lack(grading: Grading, missing: str, expected: set[UUID]) -> None:
    await grading.hear(enrolment(1), enrolment(2, [SECOND_ACCOUNT]))
    await grading.take(batch([*whole_course("w1"), *whole_course("w2", account=SECOND_ACCOUNT)]))
    await grading.assess()
    await grading.verdict("core_team", FIRST)
    page = await grading.done(grading.officer, "GET", "/results", params={"missing": missing})
    assert {UUID(row["enrolment_id"]) for row in page["items"]} == expected
    assert page["total"] == len(expected)
