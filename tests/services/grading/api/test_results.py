"""Who sees which results over HTTP, and how lists are paged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shared.identity import Role
from tests.services.grading.conftest import Grading
from tests.services.grading.roster_says import (
    AUDIENCE,
    CLASS,
    ENROLMENT,
    OFFERING,
    OTHER_CLASS,
    OTHER_UNIT,
    UNIT,
    enrolment,
)
from tests.services.grading.vendor import batch, event, whole_course
from tests.support.states import OTHER_PROVINCE, PROVINCE, number

HIDDEN_OPERATIONS = (Role.VENDOR, Role.OPERATOR)


async def people(grading: Grading) -> None:
    """Four learners: two classes, two schools."""
    await grading.hear(
        enrolment(1),
        enrolment(2, ["gv.2@longan.edu.vn"], class_id=OTHER_CLASS),
        enrolment(3, ["gv.3@longan.edu.vn"], unit_id=OTHER_UNIT, unit_path=[PROVINCE, OTHER_UNIT]),
        enrolment(4, [], class_id=OTHER_CLASS, unit_id=OTHER_UNIT, unit_path=[PROVINCE, OTHER_UNIT]),
    )
    await grading.assess()


async def seen(grading: Grading, token: str, **query: Any) -> list[int]:
    """The numbers of the learners in a list, after each of all four was asked for by its id too."""
    found = await grading.done(token, "GET", "/results", params=query)
    ids = [UUID(item["enrolment_id"]) for item in found["items"]]
    assert found["total"] == len(ids)
    if not query:
        for n in range(1, 5):
            one = number(n, kind=1)
            answer = await grading.call(token, "GET", f"/results/{one}")
            assert answer.status_code == (200 if one in ids else 404)
    return [n for n in range(1, 5) if number(n, kind=1) in ids]


@pytest.mark.parametrize(
    ("role", "person", "over", "expected"),
    [
        (Role.PROVINCE_OFFICER, 91, {}, [1, 2, 3, 4]),
        (Role.DEPARTMENT_LEADER, 91, {}, [1, 2, 3, 4]),
        (Role.AUDITOR, 91, {}, [1, 2, 3, 4]),
        (Role.PROVINCE_OFFICER, 91, {"unit_id": PROVINCE}, [1, 2, 3, 4]),
        (Role.SCHOOL_HEAD, 91, {"unit_id": UNIT}, [1, 2]),
        (Role.DISTRICT_OFFICER, 91, {"unit_id": OTHER_UNIT}, [3, 4]),
        (Role.CORE_TEACHER, 91, {"class_id": CLASS}, [1, 3]),
        (Role.CORE_TEACHER, 91, {"class_id": number(7, kind=3)}, []),
        (Role.INSTITUTION_LECTURER, 91, {"audience": AUDIENCE}, [1, 2, 3, 4]),
        (Role.INSTITUTION_LECTURER, 91, {"audience": "teachers"}, []),
        (Role.LEARNER, 2, {}, [2]),
        (Role.LEARNER, 91, {}, []),
        # A grant over nothing named opens nothing to those whose role is over something.
        (Role.CORE_TEACHER, 91, {}, []),
        (Role.SCHOOL_HEAD, 91, {}, []),
        (Role.INSTITUTION_LECTURER, 91, {}, []),
    ],
)
async def test_each_role_sees_what_its_grant_reaches_and_the_rest_is_not_found(
    grading: Grading, role: Role, person: int, over: dict[str, Any], expected: list[int]
) -> None:
    await people(grading)
    token = grading.token(role, person=number(person, kind=2), **over)
    assert await seen(grading, token) == expected


async def test_a_learner_without_a_person_sees_nothing(grading: Grading) -> None:
    await people(grading)
    assert await seen(grading, grading.token(Role.LEARNER)) == []


async def test_another_province_finds_nothing_and_changes_nothing(passing: Grading) -> None:
    grants: dict[Role, dict[str, Any]] = {
        Role.PROVINCE_OFFICER: {},
        Role.DEPARTMENT_LEADER: {},
        Role.CORE_TEACHER: {"class_id": CLASS},
        Role.INSTITUTION_LECTURER: {"audience": AUDIENCE},
    }
    foreign = {
        role: passing.token(role, person=number(70, kind=2), province=OTHER_PROVINCE, **over)
        for role, over in grants.items()
    }
    for token in foreign.values():
        assert await seen(passing, token) == []
    body = {"gate": "core_team", "verdicts": [{"enrolment_id": str(ENROLMENT), "met": True}]}
    answer = await passing.done(foreign[Role.CORE_TEACHER], "POST", "/verdicts", body)
    assert [item["problem"] for item in answer["items"]] == ["not_found"]
    await passing.verdict("core_team", ENROLMENT)
    await passing.verdict("institution", ENROLMENT)
    leader = foreign[Role.DEPARTMENT_LEADER]
    made = await passing.call(leader, "POST", "/recognition-lists", {"title": "x", "enrolment_ids": [str(ENROLMENT)]})
    assert (made.status_code, made.json()["items"][0]["problem"]) == (409, "not_found")
    list_id = await passing.draft(ENROLMENT)
    for method, path in (("GET", ""), ("POST", "/approve")):
        assert (await passing.call(leader, method, f"/recognition-lists/{list_id}{path}")).status_code == 404
    assert (await passing.done(leader, "GET", "/recognition-lists"))["total"] == 0
    assert (await passing.approve(list_id)).status_code == 200
    withdrawn = await passing.call(leader, "POST", f"/results/{ENROLMENT}/withdraw-pass", {"reason": "x"})
    assert withdrawn.status_code == 404
    assert (await passing.call(leader, "POST", "/sources", {"vendor": "viettel"})).status_code == 409
    assert (await passing.result()).status == "recognised"


@pytest.mark.parametrize(
    ("role", "method", "path", "body"),
    [
        *((role, "GET", "/results", None) for role in HIDDEN_OPERATIONS),
        *((role, "GET", f"/results/{ENROLMENT}", None) for role in HIDDEN_OPERATIONS),
        (Role.LEARNER, "GET", "/recognition-lists", None),
        (Role.CORE_TEACHER, "POST", "/recognition-lists", {"title": "x", "enrolment_ids": [str(ENROLMENT)]}),
        (Role.PROVINCE_OFFICER, "POST", f"/recognition-lists/{ENROLMENT}/approve", None),
        (Role.PROVINCE_OFFICER, "POST", f"/results/{ENROLMENT}/withdraw-pass", {"reason": "x"}),
        (Role.INSTITUTION_LECTURER, "POST", "/verdicts", {"gate": "core_team"}),
        (Role.CORE_TEACHER, "POST", "/verdicts", {"gate": "institution"}),
        (Role.LEARNER, "POST", "/sources", {"vendor": "x"}),
        (Role.LEARNER, "GET", "/sources", None),
        (Role.LEARNER, "GET", "/parked", None),
    ],
)
async def test_a_role_that_may_not_is_refused_before_anything_is_read(
    passing: Grading, role: Role, method: str, path: str, body: dict[str, Any] | None
) -> None:
    if body is not None and "gate" in body:
        body = {**body, "verdicts": [{"enrolment_id": str(ENROLMENT), "met": True}]}
    token = passing.token(role, person=number(1, kind=2), class_id=CLASS, audience=AUDIENCE)
    assert (await passing.call(token, method, path, body, at="")).status_code == 403


@pytest.mark.parametrize("token", [None, "", "x.y.z"])
async def test_without_a_valid_token_there_is_no_answer(grading: Grading, token: str | None) -> None:
    for path in ("/results", "/recognition-lists", f"/results/{ENROLMENT}"):
        assert (await grading.call(token, "GET", path)).status_code == 401


async def test_filters_narrow_what_is_within_reach(grading: Grading) -> None:
    await people(grading)
    await grading.take(batch([event("a")]))
    await grading.assess()
    assert await seen(grading, grading.officer, unit=OTHER_UNIT) == [3, 4]
    assert await seen(grading, grading.officer, **{"class": OTHER_CLASS}) == [2, 4]
    assert await seen(grading, grading.officer, status="studying") == [1]
    assert await seen(grading, grading.officer, status="not_started", unit=UNIT) == [2]
    assert await seen(grading, grading.officer, course=OFFERING.course) == [1, 2, 3, 4]
    assert await seen(grading, grading.officer, course="'; DROP TABLE enrolment; --") == []
    head = grading.token(Role.SCHOOL_HEAD, person=number(91, kind=2), unit_id=UNIT)
    assert await seen(grading, head, unit=OTHER_UNIT) == []


@pytest.mark.parametrize("limit", [1, 2, 7, 23, 24, 500])
async def test_walking_by_cursor_gives_each_result_once_in_order(grading: Grading, limit: int) -> None:
    await grading.hear(*(enrolment(n, []) for n in range(1, 24)))
    await grading.assess()
    walked: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(30):
        page = await grading.done(grading.officer, "GET", "/results", params={"limit": limit, **cursor})
        assert page["total"] == 23
        assert page["items"] != [], "a page that is exactly full leads to no empty one"
        walked += [item["enrolment_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert walked == [str(number(n, kind=1)) for n in range(1, 24)]


async def test_a_result_is_of_the_contract_s_shape_and_explains_itself(passing: Grading) -> None:
    listed = (await passing.done(passing.officer, "GET", "/results"))["items"][0]
    assert {
        "enrolment_id", "person_id", "account", "accounts", "unit", "class", "subject", "course", "kind", "scheme",
        "scores", "conditions", "gates", "status", "missing", "certificate",
    } <= set(listed)  # fmt: skip
    assert listed["scheme"] == {"id": "etep-managers-2020", "version": 1}
    assert listed["scores"] == {"diligence": "100.00", "process": "75.00", "final": "60.00", "total": "68.50"}
    assert listed["conditions"] == {"survey": True, "profile": True}
    gates = listed["gates"]
    assert gates["lms"] == {"state": "met", "by": None, "at": gates["lms"]["at"], "reasons": []}
    assert gates["core_team"] == {"state": "waiting", "holder": "cc.01@longan.edu.vn"}
    assert (gates["institution"], gates["list"]) == ({"state": "waiting"}, {"state": "waiting"})
    assert listed["missing"] == [{"what": "core_team", "holder": "core_team"}]
    one = await passing.done(passing.officer, "GET", f"/results/{ENROLMENT}")
    assert {name: one[name] for name in listed} == listed
    assert [piece["event_id"] for piece in one["inputs"]] == [sent["id"] for sent in whole_course()]
    assert [piece["type"] for piece in one["inputs"] if piece["facts"] is None] == ["survey.completed"]
    assert one["rule"]["pass"] == {"total_over": "50"}
    assert one["composition"]["essays"] == ["e1", "e2", "e3"]


async def test_what_was_answered_in_the_survey_is_told_to_who_answered_it_alone(passing: Grading) -> None:
    herself = number(1, kind=2)

    async def answered(token: str) -> list[Any]:
        one = await passing.done(token, "GET", f"/results/{ENROLMENT}")
        return [piece["facts"] for piece in one["inputs"] if piece["type"] == "survey.completed"]

    for role, over in (
        (Role.PROVINCE_OFFICER, {}),
        (Role.DEPARTMENT_LEADER, {}),
        (Role.AUDITOR, {}),
        (Role.SCHOOL_HEAD, {"unit_id": UNIT}),
        (Role.CORE_TEACHER, {"class_id": CLASS}),
        (Role.INSTITUTION_LECTURER, {"audience": AUDIENCE}),
    ):
        assert await answered(passing.token(role, person=number(99, kind=2), **over)) == [None], role
    assert await answered(passing.token(Role.LEARNER, person=herself)) == [
        {"content": 5, "organisation": 4, "staff": 3}
    ]
