"""An officer puts the learners of a new course into classes: a dry run first, then the real one, which may be left."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.dashboard.conftest import OFFICER, Visiting, rows, whole
from tests.dashboard.test_vendor_pages import PHONE
from tests.services.roster.small_province import OFFERING, person, workbook
from tests.support.whole_stack import WholeStack

ALLOCATE = "**/api/v1/offerings/*/allocate"
SUBJECT = "Nghề làm vườn"
LEARNERS = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def course(changing: WholeStack) -> WholeStack:
    return changing


@pytest.fixture(scope="module")
def offering(course: WholeStack) -> Any:
    """A course that nobody is in yet, of a subject of its own, and learners of one school who are to be in it."""
    units = course.every(OFFICER, "/api/v1/units")
    school = next(unit["code"] for unit in units if unit["kind"] == "school")
    people = [person(94_000 + n, school, name=f"Phạm Thị Xếp Lớp {n}", subject=SUBJECT) for n in range(LEARNERS)]
    sent = course.call(
        OFFICER, "POST", "/api/v1/imports?kind=personnel", content=workbook(*people), headers={"content-type": XLSX}
    )
    done = course.call(OFFICER, "POST", f"/api/v1/imports/{sent.json()['id']}/confirm", json={"accept": "all"})
    assert done.json()["counts"]["persons_new"] == LEARNERS, done.text
    wanted = OFFERING | {"course": "GV-TH-VUON-M1", "title": "Mô đun 1: Làm vườn", "subject": SUBJECT}
    made = course.call(OFFICER, "POST", "/api/v1/offerings", json=wanted)
    assert made.status_code == 201, made.text
    return made.json()


def test_a_dry_run_then_the_real_one_which_is_left_and_found_again(
    course: WholeStack, visit: Visiting, offering: Any
) -> None:
    one = visit()
    page = one.log_in(path="/app/allocation")
    page.get_by_role("row", name=offering["course"]).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mô đun 1: Làm vườn")
    expect(page.get_by_text(f"{LEARNERS} người thuộc đối tượng của khóa học chưa có lớp")).to_be_visible()
    assert [whole(row[1]) for row in rows(page, "Các lớp nếu xếp theo cách này")] == [LEARNERS]
    one.judge("allocation-dry-run")
    assert counts(course, offering) == {"enrolments": 0, "classes": 0}, "a dry run writes nothing"
    held: list[Route] = []
    page.route(
        ALLOCATE,
        lambda route: held.append(route) if '"dry_run":false' in str(route.request.post_data) else route.continue_(),
    )
    page.get_by_role("button", name=f"Xếp {LEARNERS} người vào lớp").click()
    expect(page.get_by_role("progressbar", name="Đang xếp lớp")).to_be_visible()
    page.get_by_role("link", name="Tất cả các khóa học").click()
    page.get_by_role("row", name=offering["course"]).get_by_role("link").click()
    expect(page.get_by_role("progressbar", name="Đang xếp lớp")).to_be_visible()
    held[0].continue_()
    expect(page.get_by_text("Mọi người thuộc đối tượng của khóa học đã có lớp")).to_be_visible()
    assert [whole(row[2]) for row in rows(page, "Các lớp hiện có")] == [LEARNERS]
    assert counts(course, offering) == {"enrolments": LEARNERS, "classes": 1}
    one.judge("allocation-done")


def counts(course: WholeStack, offering: Any) -> Any:
    """What there is of a course now."""
    found = course.every(OFFICER, "/api/v1/offerings")
    return next(one["counts"] for one in found if one["id"] == offering["id"])


def test_what_cannot_be_done_so_is_said(visit: Visiting, offering: Any) -> None:
    one = visit()
    page = one.log_in(path=f"/app/allocation?offering={offering['id']}&method=planned")
    expect(page.get_by_role("alert")).to_contain_text("Không xếp được theo cách này")
    one.faults = [fault for fault in one.faults if "422" not in fault]  # what the test itself brought about


def test_on_a_phone_nothing_of_it_runs_off_the_side(visit: Visiting, offering: Any) -> None:
    one = visit(**PHONE)
    page = one.log_in(path=f"/app/allocation?offering={offering['id']}")
    expect(page.get_by_role("status").filter(has_text="khóa học")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    one.judge("allocation-phone")
