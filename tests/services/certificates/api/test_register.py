"""Who sees which certificates, and the register as a file."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

import pytest

from shared.identity import Role
from tests.services.certificates.conftest import ISSUER, MANAGERS, Certificates
from tests.services.certificates.said import (
    OTHER_SCHOOL,
    SCHOOL,
    Pass,
    enrolment,
    group,
    later,
    passes,
    person,
    raw,
)
from tests.support.states import OTHER_PROVINCE, PROVINCE, number

HERE = frozenset({1, 2, 3, 4})
THERE = frozenset({5, 6})
ALL = HERE | THERE
MANAGER = 6
STRANGER = 9


@pytest.fixture
async def six(certificates: Certificates) -> Certificates:
    """Four certificates of one school, two of another (one of them a manager's), and one of another province."""
    await certificates.put_issuers(ISSUER, MANAGERS)
    await certificates.hear(
        passes(HERE)
        + passes(THERE - {MANAGER}, school=OTHER_SCHOOL)
        + passes({MANAGER}, school=OTHER_SCHOOL, audience="managers")
    )
    leader = certificates.token(Role.DEPARTMENT_LEADER, OTHER_PROVINCE)
    await certificates.done("POST", "/issuers", ISSUER, token=leader)
    await certificates.hear([raw(Pass(n=STRANGER, province_id=OTHER_PROVINCE).result(), 1)])
    assert await certificates.issue() == 7
    return certificates


async def by_learner(certificates: Certificates) -> dict[int, UUID]:
    rows = await certificates.rows("SELECT id, enrolment_id FROM certificate")
    return {n: row["id"] for row in rows for n in [*ALL, STRANGER] if enrolment(n) == row["enrolment_id"]}


SCOPES: list[tuple[Role, dict[str, Any], frozenset[int]]] = [
    (Role.PROVINCE_OFFICER, {}, ALL),
    (Role.DEPARTMENT_LEADER, {"unit_id": PROVINCE}, ALL),
    (Role.AUDITOR, {}, ALL),
    (Role.PROVINCE_OFFICER, {"province_id": OTHER_PROVINCE}, frozenset({STRANGER})),
    (Role.DISTRICT_OFFICER, {"unit_id": OTHER_SCHOOL}, THERE),
    (Role.DISTRICT_OFFICER, {}, frozenset()),
    (Role.SCHOOL_HEAD, {"unit_id": SCHOOL}, HERE),
    (Role.SCHOOL_HEAD, {}, frozenset()),
    (Role.CORE_TEACHER, {"class_id": group(1)}, frozenset({1, 4})),
    (Role.CORE_TEACHER, {}, frozenset()),
    (Role.INSTITUTION_LECTURER, {"audience": "teachers"}, ALL - {MANAGER}),
    (Role.INSTITUTION_LECTURER, {"audience": "managers"}, frozenset({MANAGER})),
    (Role.INSTITUTION_LECTURER, {"audience": "managers", "province_id": OTHER_PROVINCE}, frozenset()),
    (Role.INSTITUTION_LECTURER, {}, frozenset()),
    (Role.LEARNER, {"person_id": person(5)}, frozenset({5})),
    (Role.LEARNER, {}, frozenset()),
]


async def test_a_list_and_each_paper_open_to_the_same_eyes(six: Certificates) -> None:
    ids = await by_learner(six)
    for role, over, seen in SCOPES:
        token = six.token(role, **over)
        listed = await six.done("GET", "/certificates", token=token)
        assert listed["total"] == len(listed["items"]) == len(seen)
        assert {UUID(item["enrolment_id"]) for item in listed["items"]} == {enrolment(n) for n in seen}
        for n, one in ids.items():
            answers = [await six.call("GET", f"/certificates/{one}{end}", token=token) for end in ("", ".pdf")]
            expected = (200, 404) if n in seen else (404, 404)
            assert tuple(answer.status_code for answer in answers) == expected, (role, over, n)


async def test_who_has_no_business_with_certificates_is_refused(six: Certificates) -> None:
    one = (await by_learner(six))[1]
    for role in (Role.VENDOR, Role.OPERATOR):
        for path in ("/certificates", f"/certificates/{one}", f"/certificates/{one}.pdf", "/register?year=2021"):
            assert (await six.call("GET", path, token=six.token(role))).status_code == 403


async def test_the_register_and_what_is_due_are_the_departments(six: Certificates) -> None:
    for role in (Role.SCHOOL_HEAD, Role.LEARNER, Role.CORE_TEACHER):
        token = six.token(role, unit_id=SCHOOL, class_id=group(1), person_id=person(1))
        for path in ("/register?year=2021", "/certificates/due", "/issuers"):
            assert (await six.call("GET", path, token=token)).status_code == 403


async def test_filters_by_unit_class_and_state(six: Certificates) -> None:
    ids = await by_learner(six)
    assert (await six.lead(f"/certificates/{ids[1]}/revoke", {"reason": "x"})).status_code == 200
    for query, seen in (
        (f"unit={SCHOOL}", HERE),
        (f"unit={PROVINCE}", ALL),
        (f"unit={number(77)}", set()),
        (f"class={group(1)}", {1, 4}),
        (f"class={group(1)}&status=valid", {4}),
        ("status=revoked", {1}),
        ("status=replaced", set()),
    ):
        found = await six.done("GET", f"/certificates?{query}")
        assert {item["id"] for item in found["items"]} == {str(ids[n]) for n in seen}, query
        assert found["total"] == len(seen)
    for query in ("status=void", "unit=x", "limit=0", "limit=501"):
        assert (await six.call("GET", f"/certificates?{query}")).status_code == 422


async def test_pages_give_each_certificate_once(six: Certificates) -> None:
    for limit in (1, 2, 3, 6, 7):
        seen: list[str] = []
        cursor = ""
        for _ in range(10):
            page = await six.done("GET", f"/certificates?limit={limit}{cursor}")
            assert page["total"] == 6
            assert page["items"] != [], "a page that is exactly full leads to no empty one"
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert len(seen) == len(set(seen)) == 6
    for bad in ("x", "%FF", "a" * 22 + "!"):
        assert (await six.call("GET", f"/certificates?cursor={bad}")).status_code == 400


async def test_what_is_due_comes_in_pages_with_its_whole_number(six: Certificates) -> None:
    await six.hear(passes(range(20, 25), approved_at=later(-2_000)))
    page = await six.done("GET", "/certificates/due?limit=2")
    rest = await six.done("GET", f"/certificates/due?limit=3&cursor={page['next']}")
    assert (page["total"], rest["total"]) == (5, 5)
    assert len({item["enrolment_id"] for item in page["items"] + rest["items"]}) == 5


async def test_the_paper_comes_byte_for_byte_once_it_is_drawn(six: Certificates) -> None:
    one = (await by_learner(six))[1]
    waiting = await six.call("GET", f"/certificates/{one}.pdf")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (404, "5")
    await six.draw()
    answer = await six.call("GET", f"/certificates/{one}.pdf")
    [row] = await six.rows("SELECT paper FROM certificate WHERE id = :id", id=one)
    assert answer.content == six.papers()[row["paper"]]
    assert answer.headers["content-type"] == "application/pdf"
    assert (await six.done("GET", f"/certificates/{one}"))["drawn"] is True
    assert (await six.call("GET", f"/certificates/{number(99)}.pdf")).status_code == 404


async def test_the_register_shows_every_number_and_marks_void_ones(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1, 2]) + passes([3], name="=cmd|' /C calc'!A0"))
    await certificates.hear(passes([4], approved_at=later(-60)))
    await certificates.issue()
    first, second = (await certificates.rows("SELECT id FROM certificate WHERE register_year = 2021 ORDER BY number"))[
        :2
    ]
    assert (await certificates.lead(f"/certificates/{first['id']}/revoke", {"reason": "x"})).status_code == 200
    assert (await certificates.lead(f"/certificates/{second['id']}/replace", {"reason": "x"})).status_code == 201
    whole = await certificates.done("GET", "/register?year=2021")
    assert [(item["register_number"], item["state"]) for item in whole["items"]] == [
        (1, "revoked"), (2, "replaced"), (3, "valid"), (4, "valid")
    ]  # fmt: skip
    answer = await certificates.call("GET", "/register?year=2021&format=csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Số vào sổ", "Năm", "Số hiệu"]
    assert [row[-1] for row in rows[1:]] == ["Đã thu hồi", "Đã thay thế", "Có hiệu lực", "Có hiệu lực"]
    assert [row[4] for row in rows[1:]][2:3] == ["'=cmd|' /C calc'!A0"]
    assert (await certificates.done("GET", "/register?year=2020"))["total"] == 1
    assert (await certificates.done("GET", "/register?year=2019"))["items"] == []
    assert (await certificates.call("GET", "/register?year=1999")).status_code == 422
    assert (await certificates.call("GET", "/register?year=2021&format=xml")).status_code == 422


async def test_an_empty_line_of_the_register_stays_empty(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.issue()
    answer = await certificates.call("GET", "/register?year=2021&format=csv")
    assert "'" not in answer.text
