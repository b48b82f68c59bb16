"""A school, a district, a teacher, and the evidence of one learner: each page does what it is there for."""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from shared.clock import VIETNAM
from tests.dashboard.conftest import OFFICER, Visiting, answer, holding, rows, saved, whole
from tests.support.whole_stack import WholeStack

NOT_STARTED = ("no_account", "not_logged_in", "not_begun")
LIST = "theo điều kiện đã chọn"
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
MOST_PAGES = 2
A4_MM = (210, 297)
_POINT_MM = 25.4 / 72


def standings(course: WholeStack, account: str, **query: str) -> list[Any]:
    return course.every(account, "/api/v1/reports/coverage/enrolments", **query)


def early(course: WholeStack) -> str:
    """A day on which a third of the people have come in: there is somebody to follow up."""
    days = course.get(OFFICER, "/api/v1/reports/timeline")["days"]
    people = days[-1]["figures"]["persons"]
    return str(next(one["day"] for one in days if 3 * one["figures"]["logged_in"] >= people))


def names_of(course: WholeStack, account: str, ids: set[str]) -> list[str]:
    known = {one["id"]: one["name"] for one in course.every(account, "/api/v1/enrolments", withdrawn="true")}
    return sorted(known[one] for one in ids)


def busiest(course: WholeStack, accounts: list[str], day: str) -> str:
    """The account with the most to follow up on a day."""
    return max(accounts, key=lambda one: len(late(course, one, day)))


def late(course: WholeStack, account: str, day: str) -> set[str]:
    """The enrolments within somebody's reach that had not started on a day."""
    return {one["enrolment_id"] for one in standings(course, account, as_of=day) if one["stage"] in NOT_STARTED}


def shown(page: Page) -> list[list[str]]:
    """The list on screen, once it is whole."""
    expect(page.locator(".list")).to_have_attribute("aria-busy", "false")
    found = rows(page, LIST)
    return [] if found == [["Không có dòng nào."]] else found


def headings(page: Page) -> list[str]:
    texts = page.get_by_role("table", name=LIST).locator("thead th").all_inner_texts()
    return [re.sub(r"\s*[▲▼↕]$", "", text).strip() for text in texts]


def printed(page: Page) -> bytes:
    """The page as the browser prints it."""
    return page.pdf(prefer_css_page_size=True, print_background=False)


def test_a_school_head_finds_who_has_not_started_and_takes_the_list_along(course: WholeStack, visit: Visiting) -> None:
    day = early(course)
    head = busiest(course, holding(course, "school_head"), day)
    wanted = late(course, head, day)
    assert wanted, "somebody has not started"
    one = visit()
    page = one.log_in(head, path=f"/app/people?as_of={day}")
    assert whole(answer(page, "not_started")) == len(wanted)
    assert sorted(row[0] for row in shown(page)) == names_of(course, head, wanted)
    one.judge("people-school")
    titles = headings(page)
    for row in shown(page):
        assert row[titles.index("Nguyên nhân")] in {
            "Chưa có tài khoản",
            "Có tài khoản, chưa đăng nhập lần nào",
            "Đã đăng nhập, chưa học",
        }
        assert row[titles.index("Người phải xử lý")] in {"Hiệu trưởng", "Nhà cung cấp"}
        assert row[titles.index("Hạn học")] == "20/12/2020"
    header, *lines = saved(page, "Danh sách liên hệ")
    assert header == titles
    plain = [[cell.replace(".", "") if place == titles.index("Số ngày") else cell for place, cell in enumerate(row)]
             for row in shown(page)]  # fmt: skip
    assert [[str(int(cell)) if isinstance(cell, float) else cell for cell in line] for line in lines] == plain


def test_phone_numbers_are_shown_when_asked_for_and_that_is_on_record(
    course: WholeStack, visit: Visiting, screenshots: Path
) -> None:
    day = early(course)
    head = busiest(course, holding(course, "school_head"), day)
    one = visit()
    page = one.log_in(head, path=f"/app/people?as_of={day}&cause=all")
    assert "Điện thoại" not in headings(page)
    before = reads(course, head)
    page.get_by_role("button", name="Hiện số điện thoại").click()
    expect(page).to_have_url(re.compile("contacts=1"))
    place = headings(page).index("Điện thoại")
    expect(page.locator(".list tbody tr").first.locator("th, td").nth(place)).to_have_text(re.compile(r"^0\d{9}$"))
    assert reads(course, head) == before + 1
    one.judge("people-contacts")
    content = printed(page)
    (screenshots / "people-printed.pdf").write_bytes(content)
    paper = pikepdf.open(io.BytesIO(content))
    width, height = (float(paper.pages[0].MediaBox[place]) * _POINT_MM for place in (2, 3))
    assert (round(width), round(height)) == A4_MM[::-1]


def reads(course: WholeStack, account: str) -> int:
    rows = course.every(OFFICER, "/api/v1/roster/audit")
    return sum(row["action"] == "contact.read" and row["account"] == account for row in rows)


def test_an_auditor_is_offered_no_phone_numbers(course: WholeStack, visit: Visiting) -> None:
    page = visit().log_in(holding(course, "auditor")[0], path="/app/people?cause=all")
    expect(page.locator(".list tbody tr").first).to_be_visible()
    expect(page.get_by_role("button", name="Hiện số điện thoại")).to_have_count(0)


def test_a_district_officer_goes_from_the_causes_to_a_school_to_a_class_to_a_person(
    course: WholeStack, visit: Visiting
) -> None:
    day = early(course)
    officer = busiest(course, holding(course, "district_officer"), day)
    one = visit()
    page = one.log_in(officer, path=f"/app/progress?as_of={day}")
    page.get_by_role("link", name="Danh sách đôn đốc").click()
    expect(page).to_have_url(re.compile(f"/app/people.*as_of={day}"))
    wanted = late(course, officer, day)
    assert whole(answer(page, "not_started")) == len(wanted) == len(shown(page))
    one.judge("people-district")
    coverage = course.get(officer, "/api/v1/reports/coverage", as_of=day)
    school = max(coverage["children"], key=lambda child: sum(child["figures"][name] for name in NOT_STARTED))
    page.get_by_role("table", name="Đơn vị trực thuộc").get_by_role("link", name=school["unit"]["name"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(school["unit"]["name"])
    page.get_by_label("Nguyên nhân", exact=True).select_option("all")
    everyone = shown(page)
    assert len(everyone) == school["figures"]["enrolments"]
    klass = everyone[0][headings(page).index("Lớp")]
    page.get_by_label("Lớp", exact=True).select_option(label=klass)
    assert {row[headings(page).index("Lớp")] for row in shown(page)} == {klass}
    page.reload()
    narrowed = shown(page)
    assert 0 < len(narrowed) <= len(everyone)
    page.get_by_role("link", name=narrowed[0][0], exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Minh chứng: {narrowed[0][0]}")
    page.go_back()
    assert shown(page) == narrowed


def test_on_a_phone_the_list_stays_within_the_screen(course: WholeStack, visit: Visiting) -> None:
    one = visit(**PHONE)
    day = early(course)
    officer = busiest(course, holding(course, "district_officer"), day)
    page = one.log_in(officer, path=f"/app/people?as_of={day}")
    assert len(shown(page)) == len(late(course, officer, day))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]  # type: ignore[index]
    one.judge("people-phone")


def certified(course: WholeStack) -> Any:
    """An enrolment that went all the way."""
    (one, *_) = standings(course, OFFICER, stage="certified")
    return course.get(OFFICER, f"/api/v1/results/{one['enrolment_id']}")


def moment(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(VIETNAM):%d/%m/%Y %H:%M}"


def test_the_evidence_goes_from_the_roster_to_the_report_with_who_and_when(course: WholeStack, visit: Visiting) -> None:
    result = certified(course)
    enrolment = course.get(OFFICER, f"/api/v1/enrolments/{result['enrolment_id']}")
    staff = {one["account"]: one["name"] for one in enrolment["staff"]}
    one = visit()
    page = one.log_in(path=f"/app/evidence/{result['enrolment_id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Minh chứng: {result['name']}")
    (first, *_) = enrolment["decisions"]
    line = rows(page, "1. Từ danh sách")[0]
    assert line[:2] == [moment(first["at"]), "Mở khóa bồi dưỡng"]
    assert line[2].startswith(staff[first["account"]])
    judged = rows(page, "3. Kết quả")
    for gate, words in (("core_team", "Đội ngũ cốt cán: Đạt"), ("institution", "Cơ sở bồi dưỡng: Đạt")):
        when, who = result["gates"][gate]["at"], staff[result["gates"][gate]["by"]]
        assert any(row[0] == moment(when) and row[1] == words and row[2].startswith(who) for row in judged)
    approved = next(row for row in judged if row[1].startswith("Được công nhận"))
    assert approved[2].startswith(staff[result["gates"]["list"]["by"]])
    expect(page.get_by_role("link", name=result["certificate"]["number"])).to_be_visible()
    told = [row for table in ("1. Từ danh sách", "2. Minh chứng", "3. Kết quả") for row in rows(page, table)]
    assert all(re.match(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}", row[0]) and row[2] for row in told), "each line: when and who"
    counted = {row[0]: row[1] for row in rows(page, "Được tính vào chỉ tiêu")}
    assert counted["Có giấy chứng nhận"] == moment(result["certificate"]["issued_at"])
    assert "NaN" not in page.locator("main").inner_text()
    one.judge("evidence")


def test_the_evidence_prints_on_a_page_or_two(course: WholeStack, visit: Visiting, screenshots: Path) -> None:
    result = certified(course)
    one = visit()
    page = one.log_in(path=f"/app/evidence/{result['enrolment_id']}")
    expect(page.get_by_role("table", name="Được tính vào chỉ tiêu")).to_be_visible()
    expect(page.get_by_role("link", name=result["certificate"]["number"])).to_be_visible()
    content = printed(page)
    paper = pikepdf.open(io.BytesIO(content))
    assert 1 <= len(paper.pages) <= MOST_PAGES
    width, height = (float(paper.pages[0].MediaBox[place]) * _POINT_MM for place in (2, 3))
    assert (round(width), round(height)) == A4_MM
    (screenshots / "evidence-printed.pdf").write_bytes(content)


@pytest.fixture
def learners(course: WholeStack) -> dict[str, list[Any]]:
    """What each learner of the sample with an account of her own finds."""
    return {account: course.get(account, "/api/v1/results")["items"] for account in holding(course, "learner")}


def test_a_teacher_reads_where_she_stands_and_takes_her_certificate(
    course: WholeStack, visit: Visiting, learners: dict[str, list[Any]]
) -> None:
    account, result = next((a, r) for a, results in learners.items() for r in results if r["certificate"])
    one = visit()
    page = one.log_in(account)
    expect(page).to_have_url(one.url + "/app/mine")
    card = page.locator(f'[data-course="{result["course"]}"]')
    expect(card.get_by_text("Đã có chứng nhận")).to_be_visible()
    expect(card.get_by_text(f"Giấy chứng nhận số {result['certificate']['number']}")).to_be_visible()
    expect(card.get_by_text("Không còn thiếu việc nào.")).to_be_visible()
    expect(card.locator(".gates li.met")).to_have_count(4)
    with page.expect_download() as download:
        card.get_by_role("link", name="Tải giấy chứng nhận (PDF)").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    one.judge("mine-certified")
    verify = card.get_by_role("link", name="Trang kiểm tra công khai").get_attribute("href")
    told = course.call(None, "GET", str(verify).removeprefix(one.url), headers={"accept": "application/json"}).json()
    assert (told["number"], told["state"]) == (result["certificate"]["number"], "valid")
    card.get_by_role("link", name="Xem toàn bộ minh chứng").click()
    expect(page.get_by_role("table", name="Được tính vào chỉ tiêu")).to_be_visible()
    expect(page.get_by_role("navigation", name="Đường dẫn đơn vị").get_by_role("link")).to_have_count(0)


def test_a_teacher_who_is_late_reads_what_is_missing_who_holds_it_and_what_to_do(
    course: WholeStack, visit: Visiting, learners: dict[str, list[Any]]
) -> None:
    account, result = next(
        (account, result)
        for account, results in learners.items()
        for result in results
        if result["gates"]["list"]["state"] != "met" and any(one["holder"] == "learner" for one in result["missing"])
    )
    head = next(
        one["name"]
        for one in course.get(OFFICER, f"/api/v1/enrolments/{result['enrolment_id']}")["staff"]
        if one["role"] == "school_head"
    )
    one = visit(**PHONE)
    page = one.log_in(account)
    card = page.locator(f'[data-course="{result["course"]}"]')
    owed = card.get_by_role("table", name="Còn thiếu").locator("tbody tr")
    expect(owed).to_have_count(len(result["missing"]))
    expect(owed.first.locator("td").last).to_have_text("Thầy cô")
    late = card.locator(".window.late")
    expect(late).to_contain_text("đã quá hạn")
    expect(late).to_contain_text(head)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]  # type: ignore[index]
    one.judge("mine-late-phone")


def test_an_officer_s_menu_has_no_page_of_a_learner_and_the_page_says_why_it_is_empty(
    course: WholeStack, visit: Visiting
) -> None:
    one = visit()
    page = one.log_in()
    expect(page.get_by_role("link", name="Đôn đốc", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Việc học của tôi")).to_have_count(0)
    page.goto(one.url + "/app/mine")
    expect(page.get_by_role("heading", name="Thầy cô chưa có lượt học nào")).to_be_visible()
    one.judge("mine-none")


def test_the_pages_speak_english_on_request(course: WholeStack, visit: Visiting) -> None:
    result = certified(course)
    one = visit()
    page = one.log_in(path=f"/app/evidence/{result['enrolment_id']}")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="4. The line in the reports")).to_be_visible()
    one.judge("evidence-english")
    page.goto(one.url + "/app/people?cause=all")
    expect(page.get_by_role("heading", name=re.compile("Follow-up list"))).to_be_visible()
    expect(page.locator(".list")).to_have_attribute("aria-busy", "false")
    assert "Lượt học" not in page.locator("main").inner_text()
