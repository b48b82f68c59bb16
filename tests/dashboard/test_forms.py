"""The four forms from both sides: a core teacher and a school ask, the Phòng and the Sở answer, everyone reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import OFFICER, Visiting, rows, saved
from tests.support.whole_stack import WholeStack

LIST = re.compile("dòng. Bấm")


@dataclass(frozen=True)
class Cast:
    """Who of the sample has learners, and one of hers."""

    core: str
    learner: dict[str, Any]
    head: str
    school: str
    phong: str


@pytest.fixture(scope="session")
def cast(course: WholeStack) -> Cast:
    """Picked by what they reach."""
    accounts = course.get(OFFICER, "/local/accounts")["items"]
    core, learner = _first_with_learners(course, [one for one in accounts if one["role"] == "core_teacher"])
    heads = [one for one in accounts if one["role"] == "school_head"]
    districts = {one["units"][0]: one["account"] for one in accounts if one["role"] == "district_officer"}
    units = {one["id"]: one for one in _units(course)}
    below = [one for one in heads if _district(units, one["units"][0]) in districts]
    head, hers = _first_with_learners(course, below)
    phong = districts[_district(units, next(one for one in heads if one["account"] == head)["units"][0])]
    return Cast(core, learner, head, hers["unit"]["name"], phong)


def _units(course: WholeStack) -> list[Any]:
    return list(course.get(OFFICER, "/api/v1/units", limit="500")["items"])


def _district(units: dict[str, Any], code: str) -> str | None:
    unit = next(one for one in units.values() if one["code"] == code)
    kinds = {units[one]["kind"]: units[one]["code"] for one in unit["path"]}
    return kinds.get("district")


def _first_with_learners(course: WholeStack, accounts: list[Any]) -> tuple[str, dict[str, Any]]:
    for one in accounts:
        found = course.get(one["account"], "/api/v1/enrolments", limit="1")["items"]
        if found:
            return one["account"], found[0]
    raise LookupError("nobody of them has a learner")


def fill(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).fill(text)


def pick(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).select_option(label=text)


def test_a_core_teacher_asks_the_so_answers_and_she_reads_it(course: WholeStack, cast: Cast, visit: Visiting) -> None:
    hers = visit()
    page = hers.log_in(cast.core, "/app/forms")
    expect(page.get_by_role("radio", name="Mẫu số 1")).to_be_checked()
    page.get_by_role("button", name="Thêm một dòng").click()
    pick(page, "Họ và tên", f"{cast.learner['name']} · {cast.learner['unit']['name']}")
    pick(page, "Đề nghị", "Cần hỗ trợ")
    fill(page, "Ghi chú", "không nộp được bài cuối khóa")
    hers.judge("forms-core-teacher-new-row")
    page.get_by_role("button", name="Gửi", exact=True).click()
    row = page.get_by_role("table", name=LIST).get_by_role("row", name=re.compile(cast.learner["name"]))
    expect(row).to_contain_text("không nộp được bài cuối khóa")
    expect(row).to_contain_text("Chưa trả lời")

    so = visit()
    page = so.log_in(OFFICER, "/app/forms?form=1&state=waiting")
    expect(page.get_by_role("heading", name="Nơi cốt cán và trường nói khác nhau")).to_be_visible()
    page.get_by_role("button", name=f"Trả lời {cast.learner['name']}").click()
    expect(page.get_by_role("button", name="Chuyển lên Sở")).to_have_count(0)
    fill(page, "Nội dung trả lời (trường và cốt cán sẽ đọc)", "đã mở lại bài, nộp trước thứ sáu")
    so.judge("forms-department-answers")
    page.get_by_role("button", name="Gửi trả lời").click()
    expect(page.get_by_text("Không có dòng nào.")).to_be_visible()

    page = hers.page
    page.reload()
    expect(page.get_by_role("table", name=LIST)).to_contain_text("đã mở lại bài, nộp trước thứ sáu")
    header, *lines = saved(page, "Mẫu số 1")
    printed = [dict(zip(map(str, header), line, strict=True)) for line in lines]
    on_screen = [(cells[0], cells[2], cells[5]) for cells in rows(page, "dòng. Bấm")]
    assert [(one["Họ và tên"], one["Đơn vị"], one["Ghi chú"]) for one in printed] == on_screen


def test_a_school_asks_the_phong_passes_it_up_and_the_so_refuses(cast: Cast, visit: Visiting) -> None:
    head = visit(viewport={"width": 390, "height": 844})
    page = head.log_in(cast.head, "/app/forms?form=4")
    page.get_by_role("button", name="Thêm một dòng").click()
    fill(page, "Họ và tên", "Trần Thị Mới Chuyển")
    pick(page, "Đơn vị", cast.school)
    fill(page, "Điện thoại", "12")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Có ô chưa đúng")
    head.faults = [fault for fault in head.faults if "422" not in fault]
    fill(page, "Điện thoại", "0912345678")
    head.judge("forms-school-on-a-phone")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_role("table", name=LIST)).to_contain_text("Trần Thị Mới Chuyển")

    page = visit().log_in(cast.phong, "/app/forms?form=4")
    page.get_by_role("button", name="Trả lời Trần Thị Mới Chuyển").click()
    page.get_by_role("button", name="Chuyển lên Sở").click()
    table = page.get_by_role("table", name=LIST)
    expect(table.get_by_role("row", name=re.compile("Trần Thị Mới Chuyển"))).to_contain_text("Long An")
    expect(page.get_by_role("button", name="Trả lời Trần Thị Mới Chuyển")).to_have_count(0)

    page = visit().log_in(OFFICER, "/app/forms?form=4")
    page.get_by_role("button", name="Trả lời Trần Thị Mới Chuyển").click()
    page.get_by_role("radio", name="Không giải quyết").check()
    fill(page, "Nội dung trả lời (trường và cốt cán sẽ đọc)", "đã có trong danh sách của trường cũ")
    page.get_by_role("button", name="Gửi trả lời").click()
    expect(page.get_by_role("table", name=LIST)).to_contain_text("đã có trong danh sách của trường cũ")

    page = head.page
    page.reload()
    expect(page.get_by_role("table", name=LIST)).to_contain_text("Không giải quyết")


def test_an_auditor_reads_and_changes_nothing_in_english(visit: Visiting) -> None:
    one = visit()
    page = one.log_in("thanhtra.01@longan.edu.vn", "/app/forms?form=1")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The four forms")
    expect(page.get_by_role("button", name="Add a row")).to_have_count(0)
    one.judge("forms-auditor-english")
