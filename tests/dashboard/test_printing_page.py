"""Papers for the printer: asked for, left, found again, taken home as one file."""

from __future__ import annotations

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import OFFICER, Visiting, holding, rows
from tests.dashboard.test_vendor_pages import PHONE
from tests.support.whole_stack import WholeStack

QUEUE = 40
"""Runs over the whole province that the worker has to make before one asked for on the page: some ten seconds' work."""


@pytest.fixture(scope="module")
def course(changing: WholeStack) -> WholeStack:
    return changing


def school(course: WholeStack) -> tuple[str, int]:
    """A school that has certificates, and how many."""
    units = [unit for unit in course.every(OFFICER, "/api/v1/units") if unit["kind"] == "school"]
    for unit in units:
        held_there = course.get(OFFICER, "/api/v1/certificates", unit=unit["id"], status="valid")["total"]
        if held_there > 3:
            return str(unit["name"]), int(held_there)
    raise LookupError("no school with certificates")


def ask(page: Page, name: str) -> None:
    page.get_by_label("Của", exact=True).select_option(label=name)
    page.get_by_role("button", name="Ghép để in").click()


def test_the_papers_of_a_school_are_asked_for_left_and_found_again(course: WholeStack, visit: Visiting) -> None:
    name, papers = school(course)
    province = next(unit for unit in course.every(OFFICER, "/api/v1/units") if unit["kind"] == "province")
    for _ in range(QUEUE):
        before = course.call(OFFICER, "POST", "/api/v1/certificates/print", json={"unit_id": province["id"]})
        assert before.status_code == 201, before.text
    first = visit()
    page = first.log_in(path="/app/printing")
    ask(page, name)
    expect(page.get_by_text(f"Đã ghi nhận: {papers} giấy")).to_be_visible()
    expect(page.get_by_role("progressbar", name=f"Đang ghép giấy của {name}")).to_be_visible()
    first.judge("printing-waits")
    page.close()
    second = visit()
    page = second.log_in(path="/app/printing")
    link = page.get_by_role("link", name=f"Tải tệp PDF {name}").first
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    assert len(pypdf.PdfReader(download.value.path()).pages) == papers
    second.judge("printing")
    row = next(row for row in rows(page, "tệp in") if row[0] == name)
    assert row[2:5] == [str(papers), "0", "0"]


def test_a_place_without_certificates_is_told_in_words(course: WholeStack, visit: Visiting) -> None:
    new = {"op": "establish", "code": "80-MOI", "name": "Trường Tiểu học Mới", "kind": "school", "parent_code": "80"}
    made = course.call(OFFICER, "POST", "/api/v1/units/changes", json={"changes": [new]})
    assert made.status_code == 201, made.text
    one = visit()
    page = one.log_in(path="/app/printing")
    ask(page, "Trường Tiểu học Mới")
    expect(page.get_by_role("alert")).to_contain_text("Ở đây chưa có giấy chứng nhận nào để in")
    one.judge("printing-nothing")
    one.faults = [fault for fault in one.faults if "404" not in fault]  # what the test itself brought about


def test_a_head_prints_her_own_school_alone(course: WholeStack, visit: Visiting) -> None:
    head = holding(course, "school_head")[0]
    one = visit(**PHONE)
    page = one.log_in(head, "/app/printing")
    expect(page.get_by_label("Của", exact=True).get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("table", name="tệp in")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    one.judge("printing-phone")


def test_a_lecturer_chooses_among_classes(course: WholeStack, visit: Visiting) -> None:
    lecturer = holding(course, "institution_lecturer")[0]
    page = visit().log_in(lecturer, "/app/printing")
    classes = course.every(lecturer, "/api/v1/classes")
    expect(page.get_by_label("Của", exact=True).get_by_role("option")).to_have_count(len(classes))
    page.get_by_role("button", name="Ghép để in").click()
    expect(page.get_by_text("giấy đang được ghép")).to_be_visible()
