"""An officer of the Sở at the first page: what she reads, sorts, opens, goes back from, and takes away as a file."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from services.reporting.domain.reports.progress import FIGURES
from tests.dashboard.conftest import OFFICER, Visiting, answer, places, rows, saved, whole
from tests.support.whole_stack import WholeStack

REPORT = "/api/v1/reports/progress"
LATEST_S = 5
LATER = {"x-with-server-date": "2021-01-20T09:00:00+07:00"}
"""The sample's people act in its own days."""
UNITS = re.compile("Đơn vị trực thuộc")


def progress(course: WholeStack, **query: str) -> Any:
    return course.get(OFFICER, REPORT, **query)


def absent(node: Any) -> int:
    return int(node["figures"]["persons"] - node["figures"]["logged_in"])


def middle(course: WholeStack) -> str:
    """The day with half of the people logged in: on it there is something to tell."""
    days = course.get(OFFICER, "/api/v1/reports/timeline")["days"]
    people = days[-1]["figures"]["persons"]
    return str(next(one["day"] for one in days if 2 * one["figures"]["logged_in"] >= people))


def percent(rate: Any) -> str:
    """As the page writes it in Vietnamese."""
    return "–" if rate is None or rate["percent"] is None else f"{rate['percent']}%".replace(".", ",")


def districts(report: Any) -> list[Any]:
    return [one for one in report["children"] if one["unit"]["kind"] == "district"]


def test_an_officer_reads_the_answers_on_the_first_page_without_help(course: WholeStack, visit: Visiting) -> None:
    day = middle(course)
    one = visit()
    page = one.log_in(path=f"/app/progress?as_of={day}")
    report = progress(course, as_of=day)
    expect(page.get_by_role("heading", level=1)).to_have_text("Long An")
    assert whole(answer(page, "absent")) == absent(report) > 0
    rated = [child for child in districts(report) if child["figures"]["persons"]]
    worst = max(rated, key=lambda child: (absent(child) / child["figures"]["persons"], absent(child)))
    assert answer(page, "worst") == worst["unit"]["name"]
    survey = course.get(OFFICER, "/api/v1/reports/satisfaction", as_of=day)
    assert answer(page, "satisfied") == percent(survey["rates"]["satisfied"])
    told = "Dưới 5" if survey["hidden"] else {True: "Có, trên 75%", False: "Chưa", None: "Chưa có"}[survey["reached"]]
    expect(page.locator('[data-answer="satisfied"]')).to_contain_text(told)
    for figure in ("with_account", "logged_in", "studying", "lms_met", "certified"):
        cells = page.locator(f'tr[data-figure="{figure}"] td').all_inner_texts()
        assert whole(cells[0]) == report["figures"][figure], figure
    one.judge("province-in-mid-course")


def test_without_an_address_one_comes_to_ones_first_page_live(course: WholeStack, visit: Visiting) -> None:
    one = visit()
    page = one.log_in()
    expect(page).to_have_url(one.url + "/app/progress")
    expect(page).to_have_title(re.compile("Long An"))
    expect(page.get_by_text("Trực tiếp")).to_be_visible()
    expect(page.locator(".chart svg")).to_be_visible()
    assert whole(answer(page, "absent")) == absent(progress(course))
    board = course.get(OFFICER, "/api/v1/grader-board")["items"]
    if board:
        most = page.locator('[data-answer="unmarked"]')
        expect(most).to_contain_text(f"{board[0]['papers']} bài, lâu nhất đã chờ")
        held = [[row[0], whole(row[1])] for row in rows(page, "Bài chờ chấm của")]
        assert held == [[each["grader"]["account"], each["papers"]] for each in board]
    else:
        assert answer(page, "unmarked") == "Không ai"
    one.judge("province-live")


def test_the_table_sorts_by_keyboard_and_says_so(course: WholeStack, visit: Visiting) -> None:
    page = visit().log_in()
    table = page.get_by_role("table", name=UNITS)
    heading = table.get_by_role("columnheader", name="Đơn vị", exact=False).first
    expect(table.get_by_role("columnheader", name="% chưa đăng nhập")).to_have_attribute("aria-sort", "descending")
    heading.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    names = [row[0] for row in rows(page, "Đơn vị trực thuộc")]
    assert sorted(names) == sorted(child["unit"]["name"] for child in districts(progress(course)))
    assert names != [row["unit"]["name"] for row in districts(progress(course))], "another order than the report's"
    enrolments = table.get_by_role("columnheader", name="Lượt học")
    enrolments.get_by_role("button").click()
    expect(enrolments).to_have_attribute("aria-sort", "descending")
    counts = [whole(row[4]) for row in rows(page, "Đơn vị trực thuộc")]
    assert counts == sorted(counts, reverse=True)
    expect(page).to_have_url(re.compile(r"sort=-enrolments"))
    expect(table.locator("tr.pinned th")).to_have_text("Long An")


def test_down_to_a_school_and_back_again_by_the_browser(course: WholeStack, visit: Visiting) -> None:
    one = visit()
    page = one.log_in()
    district = max(districts(progress(course)), key=lambda child: child["figures"]["persons"])["unit"]
    page.get_by_role("table", name=UNITS).get_by_role("link", name=district["name"]).click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(district["name"])
    expect(page).to_have_url(re.compile(district["id"]))
    below = progress(course, unit=district["id"])
    school = max(below["children"], key=lambda child: child["figures"]["persons"])["unit"]
    assert {row[0] for row in rows(page, "Đơn vị trực thuộc")} == {c["unit"]["name"] for c in below["children"]}
    one.judge("district")
    page.get_by_role("table", name=UNITS).get_by_role("link", name=school["name"]).click()
    expect(heading).to_have_text(school["name"])
    expect(page.get_by_role("table", name=UNITS)).to_have_count(0)
    one.judge("school")
    page.go_back()
    expect(heading).to_have_text(district["name"])
    page.reload()
    expect(heading).to_have_text(district["name"])
    page.get_by_role("navigation", name="Đường dẫn đơn vị").get_by_role("link", name="Long An").click()
    expect(heading).to_have_text("Long An")


def test_the_slider_goes_through_the_course_s_days(course: WholeStack, visit: Visiting) -> None:
    page = visit().log_in()
    slider = page.get_by_role("slider")
    days = course.get(OFFICER, "/api/v1/reports/timeline")["days"]
    slider.focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile(f"as_of={days[0]['day']}"))
    expect(page.locator('tr[data-figure="logged_in"] td').first).to_have_text("0")
    page.get_by_role("button", name="Ngày sau").click()
    expect(page).to_have_url(re.compile(f"as_of={days[1]['day']}"))
    page.get_by_role("button", name="Về hiện tại").click()
    expect(page.get_by_text("Trực tiếp")).to_be_visible()
    assert "as_of" not in page.url


def test_a_workbook_has_the_very_numbers_of_the_screen(course: WholeStack, visit: Visiting) -> None:
    page = visit().log_in(path=f"/app/progress?as_of={middle(course)}&kind=all")
    expect(page.get_by_role("table", name=UNITS)).to_be_visible()
    header, *lines = saved(page, "Các đơn vị trực thuộc")
    place = places(header, FIGURES)
    filed = {line[place["Đơn vị"]]: line for line in lines if line[0] == "Đơn vị"}
    screen = rows(page, "Đơn vị trực thuộc")
    assert len(screen) == len(filed) > 10
    for name, persons, missing, share, enrolments, met, certified, *_ in screen:
        line = filed[name]
        assert whole(persons) == line[place["persons"]]
        assert whole(missing) == line[place["persons"]] - line[place["logged_in"]]
        assert (share == "–") == (line[place["persons"]] == 0)
        assert whole(enrolments) == line[place["enrolments"]]
        assert whole(met) == line[place["lms_met"]]
        assert whole(certified) == line[place["certified"]]
    whole_line = next(line for line in lines if line[0] == "Tổng")
    for figure in ("with_account", "logged_in", "studying", "submitted", "graded", "lms_met", "certified"):
        shown = page.locator(f'tr[data-figure="{figure}"] td').first.inner_text()
        assert whole(shown) == whole_line[place[figure]], figure


def test_the_days_as_a_table_are_those_of_their_workbook(visit: Visiting) -> None:
    page = visit().log_in()
    page.get_by_text("Xem bằng bảng").click()
    header, *lines = saved(page, "Tiến độ theo ngày")
    place = places(header, FIGURES)
    names = ("logged_in", "studying", "submitted", "lms_met", "certified")
    filed = {line[0]: [int(line[place[name]]) for name in names] for line in lines}
    screen = {row[0]: [whole(cell) for cell in row[1:]] for row in rows(page, "Số liệu cuối mỗi ngày")}
    assert screen == filed


def test_the_page_moves_by_itself_when_something_happens_and_a_file_of_old_figures_is_renewed(
    course: WholeStack, visit: Visiting
) -> None:
    one = visit()
    page = one.log_in()
    shown = page.locator('tr[data-figure="certified"] td').first
    before = progress(course)["figures"]["certified"]
    expect(shown).to_have_text(str(before))
    accounts = course.call(None, "GET", "/local/accounts").json()["items"]
    leader = next(one["account"] for one in accounts if one["role"] == "department_leader")
    paper = course.get(OFFICER, "/api/v1/certificates", status="valid", limit=1)["items"][0]["id"]
    done = course.call(
        leader, "POST", f"/api/v1/certificates/{paper}/revoke", json={"reason": "Cấp nhầm người."}, headers=LATER
    )
    assert done.status_code == 200, done.text
    header, *lines = saved(page, "Các đơn vị trực thuộc")  # at once: the screen may be older than the report
    place = places(header, FIGURES)["certified"]
    assert whole(shown.inner_text()) == next(line[place] for line in lines if line[0] == "Tổng")
    expect(shown).to_have_text(str(before - 1), timeout=LATEST_S * 1000)
    one.faults = [fault for fault in one.faults if "412" not in fault]  # how an old file is refused
