"""Where the province is stuck and with whom, and what was planned beside what there is: on screen and in the files."""

from __future__ import annotations

import io
from typing import Any

from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from services.reporting.domain.reports.coverage import FIGURES
from tests.dashboard.conftest import OFFICER, Visiting, places, rows, whole
from tests.dashboard.test_vendor_pages import PHONE
from tests.support.whole_stack import WholeStack

STUCK = "mỗi lượt ở đúng một chặng"
WAITING = "theo người phải xử lý"
PLAN = "theo kế hoạch"


def coverage(course: WholeStack, **query: str) -> Any:
    return course.get(OFFICER, "/api/v1/reports/coverage", **query)


def stuck_day(course: WholeStack) -> str:
    """A day on which most of them wait for somebody."""
    days = [one["day"] for one in course.get(OFFICER, "/api/v1/reports/timeline")["days"]]
    return str(max(days, key=lambda day: sum(coverage(course, as_of=day)["owners"].values())))


def saved(page: Page, about: str) -> list[list[Any]]:
    """The first sheet of the workbook behind a button."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Tải Excel {about}").click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    return book.get_sheet_by_index(0).to_python()


def test_every_enrolment_is_in_one_stage_with_who_must_act_and_so_says_the_file(
    course: WholeStack, visit: Visiting
) -> None:
    day = stuck_day(course)
    report = coverage(course, as_of=day)
    one = visit()
    page = one.log_in(path=f"/app/progress?as_of={day}")
    expect(page.get_by_role("table", name=STUCK)).to_be_visible()
    screen = rows(page, STUCK)
    assert [row[0] for row in screen] == [stage["title"]["vi"] for stage in report["stages"]]
    assert [whole(row[2]) for row in screen] == [report["figures"][stage["name"]] for stage in report["stages"]]
    assert sum(whole(row[2]) for row in screen) == report["figures"]["enrolments"] > 0
    units = {row[0]: [whole(cell) for cell in row[1:]] for row in rows(page, WAITING)}
    for child in report["children"]:
        owed = list(child["owners"].values())
        assert units[child["unit"]["name"]] == [child["figures"]["enrolments"], sum(owed), *owed]
    one.judge("province-coverage")
    header, *lines = saved(page, "Đang vướng ở đâu")
    place = places(header, FIGURES)
    filed = next(line for line in lines if line[0] == "Tổng")
    assert [whole(row[2]) for row in screen] == [filed[place[stage["name"]]] for stage in report["stages"]]


def test_a_unit_of_that_table_leads_down_to_it(course: WholeStack, visit: Visiting) -> None:
    child = max(coverage(course)["children"], key=lambda node: node["figures"]["enrolments"])
    page = visit().log_in()
    page.get_by_role("table", name=WAITING).get_by_role("link", name=child["unit"]["name"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(child["unit"]["name"])
    expect(page.get_by_role("table", name=f"{child['figures']['enrolments']} lượt học của")).to_be_visible()
    expect(page.get_by_role("table", name=PLAN)).to_have_count(0)


def test_the_plan_stands_beside_what_there_is_course_by_course(course: WholeStack, visit: Visiting) -> None:
    offerings = course.every(OFFICER, "/api/v1/offerings")
    page = visit().log_in()
    expect(page.get_by_role("table", name=PLAN)).to_be_visible()
    screen = {row[0].split()[-1]: [signed(cell) for cell in row[2:]] for row in rows(page, PLAN)}
    assert screen == {one["course"]: line(one) for one in offerings}
    total = page.get_by_role("table", name=PLAN).locator("tr.pinned td.number").all_inner_texts()
    assert [signed(cell) for cell in total] == [sum(cells) for cells in zip(*map(line, offerings), strict=True)]
    _, *lines = saved(page, "Kế hoạch và thực tế")
    filed = {row[0]: [int(cell) for cell in row[5:]] for row in lines}
    assert filed.pop("Tổng") == [signed(cell) for cell in total]
    assert filed == screen


def line(one: Any) -> list[int]:
    """A course as the table tells it."""
    learners, classes = one["planned"]["learners"], one["planned"]["classes"]
    there = one["counts"]
    return [
        learners, there["enrolments"], there["enrolments"] - learners,
        classes, there["classes"], there["classes"] - classes,
    ]  # fmt: skip


def signed(text: str) -> int:
    """A difference as the page writes it."""
    return whole(text.replace("+", ""))


def test_on_a_phone_nothing_of_it_runs_off_the_side(visit: Visiting) -> None:
    one = visit(**PHONE)
    page = one.log_in()
    expect(page.get_by_role("table", name=PLAN)).to_be_visible()
    expect(page.get_by_role("table", name=STUCK)).to_be_visible()
    # At once it may be 412 for a moment in which no box is that wide.
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=PHONE["viewport"]["width"])
    one.judge("province-phone")
