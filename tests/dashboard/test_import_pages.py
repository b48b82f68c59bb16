"""An officer brings a workbook in: what is wrong with which row, what is written, and work that goes on without her."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from python_calamine import CalamineWorkbook

from tests.dashboard.conftest import OFFICER, Visiting, answer, rows, whole
from tests.dashboard.test_vendor_pages import PHONE
from tests.services.roster.small_province import person, workbook
from tests.support.whole_stack import WholeStack

AUDITOR = "thanhtra.01@longan.edu.vn"
CONFIRM = "**/api/v1/imports/*/confirm"
MANY = 400


@pytest.fixture(scope="module")
def course(changing: WholeStack) -> WholeStack:
    return changing


@pytest.fixture
def school(course: WholeStack) -> str:
    """The code of a school there is."""
    units = course.every(OFFICER, "/api/v1/units")
    return next(str(unit["code"]) for unit in units if unit["kind"] == "school")


def send(page: Page, folder: Path, name: str, content: bytes) -> None:
    """Chooses a file and has it looked through."""
    file = folder / name
    file.write_bytes(content)
    page.get_by_label("Tệp Excel").set_input_files(file)
    page.get_by_role("button", name="Kiểm tra tệp").click()


def state(page: Page, words: str) -> None:
    """The import on screen is in this state."""
    expect(page.locator("[data-state]")).to_have_text(words)


def people(course: WholeStack, name: str) -> int:
    return int(course.get(OFFICER, "/api/v1/people", q=name)["total"])


def test_a_preview_names_each_wrong_row_and_the_valid_ones_are_written(
    course: WholeStack, visit: Visiting, school: str, tmp_path: Path
) -> None:
    given = [person(91_001, school, name="Trần Thị Nhập Một"), person(91_002, school, name="Trần Thị Nhập Hai")]
    wrong = [person(91_003, school, name=""), person(91_004, "KHONG-CO", name="Trần Thị Nhập Bốn")]
    one = visit()
    page = one.log_in(path="/app/imports")
    send(page, tmp_path, "danh sách bổ sung.xlsx", workbook(*given, *wrong))
    expect(page.get_by_role("heading", level=1)).to_have_text("danh sách bổ sung.xlsx")
    state(page, "Chờ xác nhận")
    assert [whole(answer(page, name)) for name in ("rows", "persons_new", "error")] == [4, 2, 2]
    found = [row for row in rows(page, "ghi nhận") if row[1] == "Lỗi"]
    assert {row[0] for row in found} == {"4", "5"}
    assert any("Thiếu họ và tên" in row[3] for row in found)
    one.judge("import-preview")
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải tệp đã đánh dấu").click()
    marked = CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes())).get_sheet_by_index(0)
    assert len(marked.to_python()) == 5
    assert "Thiếu họ và tên" in str(marked.to_python()[3])
    assert people(course, "Trần Thị Nhập") == 0, "a preview writes nothing"
    page.get_by_role("button", name="Chỉ ghi 2 dòng hợp lệ").click()
    state(page, "Đã ghi")
    expect(page.get_by_role("button", name="Chỉ ghi")).to_have_count(0)
    one.judge("import-confirmed")
    assert people(course, "Trần Thị Nhập") == 2


def test_what_is_being_written_is_left_and_found_again(visit: Visiting, school: str, tmp_path: Path) -> None:
    one = visit()
    page = one.log_in(path="/app/imports")
    send(page, tmp_path, "một người.xlsx", workbook(person(92_001, school)))
    state(page, "Chờ xác nhận")
    held: list[Route] = []
    page.route(CONFIRM, lambda route: held.append(route))
    page.get_by_role("button", name="Ghi tất cả 1 dòng").click()
    state(page, "Đang ghi")
    expect(page.get_by_role("progressbar", name="Đang ghi vào danh sách")).to_be_visible()
    one.judge("import-being-written")
    page.get_by_role("link", name="Tất cả các lần nhập").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nhập danh sách nhân sự")
    page.get_by_role("link", name="một người.xlsx").first.click()
    state(page, "Đang ghi")
    held[0].continue_()
    state(page, "Đã ghi")
    page.get_by_role("link", name="Tất cả các lần nhập").click()
    table = page.get_by_role("table", name="lần nhập, mới nhất trước")
    expect(table.get_by_role("row", name="một người.xlsx").first).to_contain_text("Đã ghi")
    one.judge("imports")


def test_the_work_goes_on_when_the_window_is_closed(
    course: WholeStack, visit: Visiting, school: str, tmp_path: Path
) -> None:
    rows_ = [person(93_000 + place, school, name=f"Lê Thị Đóng Trang {place}") for place in range(MANY)]
    first = visit()
    page = first.log_in(path="/app/imports")
    send(page, tmp_path, "đóng trang.xlsx", workbook(*rows_))
    state(page, "Chờ xác nhận")
    address = page.url
    with page.expect_request(CONFIRM):
        page.get_by_role("button", name=f"Ghi tất cả {MANY} dòng").click()
    page.close()
    second = visit()
    again = second.log_in(path=address.removeprefix(second.url))
    state(again, "Đã ghi")
    assert people(course, "Lê Thị Đóng Trang") == MANY


def test_what_is_no_workbook_is_refused_in_words(visit: Visiting, tmp_path: Path) -> None:
    one = visit()
    page = one.log_in(path="/app/imports")
    send(page, tmp_path, "ghi chú.xlsx", b"khong phai Excel")
    expect(page.get_by_role("alert")).to_contain_text("Không nhận được tệp này")
    one.judge("import-refused")
    one.faults = [fault for fault in one.faults if "422" not in fault]  # what the test itself brought about


def test_the_template_is_one_that_is_taken(visit: Visiting) -> None:
    page = visit().log_in(path="/app/imports")
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải tệp mẫu").click()
    assert "Họ và tên" in str(CalamineWorkbook.from_path(download.value.path()).get_sheet_by_index(0).to_python()[0])


def test_an_auditor_reads_imports_and_makes_none(course: WholeStack, visit: Visiting) -> None:
    page = visit().log_in(AUDITOR, "/app/imports")
    listed: list[Any] = course.get(AUDITOR, "/api/v1/imports")["items"]
    expect(page.get_by_role("link", name=listed[-1]["file_name"]).first).to_be_visible()
    expect(page.get_by_label("Tệp Excel")).to_have_count(0)


def test_on_a_phone_nothing_of_it_runs_off_the_side(visit: Visiting) -> None:
    one = visit(**PHONE)
    page = one.log_in(path="/app/imports")
    expect(page.get_by_role("table", name="lần nhập")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    one.judge("imports-phone")
    page.get_by_role("table", name="lần nhập").get_by_role("link").last.click()
    expect(page.locator("[data-state]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    one.judge("import-phone")
