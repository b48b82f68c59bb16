"""Bodies and lists of decisions over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.identity import Role
from tests.services.grading.conftest import LECTURER, Grading
from tests.services.grading.roster_says import AUDIENCE, ENROLMENT, OFFERING, OTHER_UNIT, enrolment
from tests.services.grading.vendor import batch, whole_course
from tests.support.states import PROVINCE, number

ROW = {"enrolment_id": str(ENROLMENT), "met": True}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"gate": "core_team"},
        {"gate": "core_team", "verdicts": []},
        {"gate": "lms", "verdicts": [ROW]},
        {"gate": "core_team", "verdicts": [ROW] * 1_001},
        {"gate": "core_team", "verdicts": [{"enrolment_id": "x", "met": True}]},
        {"gate": "core_team", "verdicts": [{"enrolment_id": str(ENROLMENT)}]},
        {"gate": "core_team", "verdicts": [{"enrolment_id": str(ENROLMENT), "met": None}]},
        {"gate": "core_team", "verdicts": [{"enrolment_id": str(ENROLMENT), "met": False, "reason": 5}]},
    ],
)
async def test_a_body_of_verdicts_of_another_form_is_refused_whole(passing: Grading, body: Any) -> None:
    answer = await passing.call(passing.core, "POST", "/verdicts", body)
    assert answer.status_code == 422
    assert await passing.count("verdict") == 0


@pytest.mark.parametrize(
    "raw",
    [
        b'{"gate": "core_team", "verdicts": [{"enrolment_id": "%s", "met": false, "reason": "\\ud800"}]}'
        % str(ENROLMENT).encode(),
        b'{"gate": "core_team", "verdicts": [{"enrolment_id": "%s", "met": NaN}]}' % str(ENROLMENT).encode(),
        b"\xff",
        b"{" * 5_000,
    ],
)
async def test_a_body_that_is_no_text_is_refused_and_not_an_error(passing: Grading, raw: bytes) -> None:
    headers = {"authorization": f"Bearer {passing.core}", "content-type": "application/json"}
    answer = await passing.http.post("/api/v1/verdicts", content=raw, headers=headers)
    assert 400 <= answer.status_code < 500 or answer.json()["items"][0]["problem"] == "reason_characters"
    assert await passing.count("verdict") == 0


@pytest.mark.parametrize(
    "change",
    [{"title": ""}, {"title": "a\x00b"}, {"title": "x" * 301}, {"enrolment_ids": []}, {"enrolment_ids": ["x"]}],
    ids=str,
)
async def test_a_list_of_another_form_is_refused(passing: Grading, change: dict[str, Any]) -> None:
    body = {"title": "Danh sách", "enrolment_ids": [str(ENROLMENT)]} | change
    assert (await passing.call(passing.officer, "POST", "/recognition-lists", body)).status_code == 422


@pytest.mark.parametrize("reason", ["", "  ", "a\x00b", "x" * 501, None])
async def test_a_withdrawal_needs_a_reason_that_can_be_kept(passing: Grading, reason: str | None) -> None:
    path = f"/results/{ENROLMENT}/withdraw-pass"
    assert (await passing.call(passing.leader, "POST", path, {"reason": reason})).status_code == 422


async def test_lists_are_paged_and_counted_whole(grading: Grading) -> None:
    numbers = range(1, 6)
    await grading.hear(*(enrolment(n, [f"gv.{n}@longan.edu.vn"]) for n in numbers))
    for n in numbers:
        await grading.take(batch(whole_course(f"w{n}", account=f"gv.{n}@longan.edu.vn")))
    await grading.assess()
    ids = [number(n, kind=1) for n in numbers]
    await grading.verdict("core_team", *ids)
    await grading.verdict("institution", *ids)
    made = [await grading.draft(one, title=f"Danh sách {one}") for one in ids]
    walked: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(10):
        page = await grading.done(grading.officer, "GET", "/recognition-lists", params={"limit": 2, **cursor})
        assert page["total"] == 5
        assert page["items"] != [], "a page that is exactly full leads to no empty one"
        walked += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert walked == made
    one = await grading.done(grading.officer, "GET", f"/recognition-lists/{made[0]}")
    assert (one["state"], one["rows"], one["approved_by"]) == ("draft", 1, None)
    await grading.approve(made[0])
    one = await grading.done(grading.officer, "GET", f"/recognition-lists/{made[0]}")
    assert (one["state"], one["approved_by"]) == ("approved", "department_leader@test")


@pytest.mark.parametrize(
    ("role", "over", "expected"),
    [
        (Role.PROVINCE_OFFICER, {}, [1, 2]),
        (Role.AUDITOR, {}, [1, 2]),
        (Role.DEPARTMENT_LEADER, {"unit_id": PROVINCE}, [1, 2]),
        (Role.DEPARTMENT_LEADER, {"unit_id": OTHER_UNIT}, [2]),
        (Role.INSTITUTION_LECTURER, {"audience": AUDIENCE}, [1]),
        (Role.INSTITUTION_LECTURER, {"audience": "teachers"}, [2]),
        (Role.INSTITUTION_LECTURER, {"audience": "students"}, []),
        (Role.INSTITUTION_LECTURER, {}, []),
    ],
)
async def test_who_sees_a_list_reaches_a_learner_on_it(
    grading: Grading, role: Role, over: dict[str, Any], expected: list[int]
) -> None:
    teachers = msgspec.structs.replace(OFFERING, audience="teachers")
    elsewhere = {"unit_id": OTHER_UNIT, "unit_path": [PROVINCE, OTHER_UNIT]}
    await grading.hear(enrolment(1), enrolment(2, ["gv.2@longan.edu.vn"], offering=teachers, **elsewhere))
    await grading.take(batch([*whole_course("w1"), *whole_course("w2", account="gv.2@longan.edu.vn")]))
    await grading.assess()
    ids = [number(1, kind=1), number(2, kind=1)]
    await grading.verdict("core_team", *ids)
    for one, audience in zip(ids, (AUDIENCE, "teachers"), strict=True):
        lecturer = grading.token(Role.INSTITUTION_LECTURER, person=LECTURER, audience=audience)
        body = {"gate": "institution", "verdicts": [{"enrolment_id": str(one), "met": True}]}
        await grading.done(lecturer, "POST", "/verdicts", body)
    made = [await grading.draft(one, title=f"Danh sách {one}") for one in ids]
    token = grading.token(role, person=number(91, kind=2), **over)
    page = await grading.done(token, "GET", "/recognition-lists", at="")
    assert [item["id"] for item in page["items"]] == [made[n - 1] for n in expected]
    assert page["total"] == len(expected)
    for n, list_id in enumerate(made, start=1):
        answer = await grading.call(token, "GET", f"/recognition-lists/{list_id}", at="")
        assert answer.status_code == (200 if n in expected else 404)


async def test_an_unknown_list_or_enrolment_is_not_found(grading: Grading) -> None:
    unknown = number(99, kind=1)
    assert (await grading.call(grading.officer, "GET", f"/recognition-lists/{unknown}")).status_code == 404
    assert (await grading.approve(str(unknown))).status_code == 404
    path = f"/results/{unknown}/withdraw-pass"
    assert (await grading.call(grading.leader, "POST", path, {"reason": "x"})).status_code == 404
    assert (await grading.call(grading.officer, "GET", "/recognition-lists/x")).status_code == 422


async def test_a_vendor_s_name_is_one_province_s_for_good(grading: Grading) -> None:
    again = await grading.call(grading.officer, "POST", "/sources", {"vendor": "viettel"})
    assert again.status_code == 200
    for name in ("", "Viettel", "a b", "-a", "x" * 64, "a\x00"):
        assert (await grading.call(grading.officer, "POST", "/sources", {"vendor": name})).status_code == 422
    assert [one["vendor"] for one in (await grading.done(grading.officer, "GET", "/sources"))["items"]] == ["viettel"]
