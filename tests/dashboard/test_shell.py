"""What stands around every page: languages, phone, dark, a session that ends, addresses of nobody, a school's head."""

from __future__ import annotations

import base64
import io
import json
import re

from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from deploy.local.dashboard import building
from tests.dashboard.conftest import OFFICER, Visiting, answer, holding, whole
from tests.support.whole_stack import WholeStack


def test_who_asks_for_a_page_logs_in_and_is_on_that_page(visit: Visiting) -> None:
    one = visit()
    page = one.log_in(path="/app/progress?as_of=2020-11-15&sort=name")
    expect(page).to_have_url(one.url + "/app/progress?as_of=2020-11-15&sort=name")
    expect(page.get_by_role("status").filter(has_text="Đang tải")).to_have_count(0)


def test_english_is_one_button_away_and_stays(visit: Visiting) -> None:
    one = visit()
    page = one.log_in()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="How many have not logged in?")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.get_by_role("heading", name="From the roster to the certificate")).to_be_visible()
    one.judge("province-in-english")
    assert "Lượt học" not in page.locator("main").inner_text()


def test_a_long_table_becomes_a_workbook_under_the_pages_own_policy(visit: Visiting) -> None:
    """Above 160 kB it is packed by a worker, which the policy has to let through."""
    page = visit().log_in()
    manifest = json.loads((building.SOURCES / building.BUILT / ".vite" / "manifest.json").read_text())
    lines = [[f"=Nguyễn Thị Hòa {n}", n, None] for n in range(4_000)]
    packed = page.evaluate(
        """async ([file, lines]) => {
            const { workbook } = await import(`/${file}`);
            const made = await workbook("Danh sách: 1/2", ["Họ và tên", "Số", "Ghi chú"], lines);
            const reader = new FileReader();
            await new Promise((done) => { reader.onload = done; reader.readAsDataURL(made); });
            return reader.result.split(",")[1];
        }""",
        [manifest["src/parts/workbook.ts"]["file"], lines],
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(base64.b64decode(packed)))
    assert book.sheet_names == ["Danh sách  1 2"]
    header, *read = book.get_sheet_by_index(0).to_python()
    assert header == ["Họ và tên", "Số", "Ghi chú"]
    assert [[name, number] for name, number, *_ in read] == [line[:2] for line in lines]


def test_on_a_phone_nothing_runs_off_the_side(visit: Visiting) -> None:
    one = visit(viewport={"width": 360, "height": 740}, device_scale_factor=2, has_touch=True, is_mobile=True)
    page = one.log_in()
    expect(page.locator(".chart svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    one.judge("phone")


def test_in_the_dark_it_is_as_legible(visit: Visiting) -> None:
    one = visit(color_scheme="dark")
    page = one.log_in()
    expect(page.locator(".chart svg")).to_be_visible()
    one.judge("dark")


def test_the_first_tab_leads_past_the_menu(visit: Visiting) -> None:
    page = visit().log_in()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Tới nội dung chính")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_session_that_ends_is_told_and_leads_back_here(visit: Visiting) -> None:
    one = visit()
    page = one.log_in(path="/app/progress?as_of=2020-11-15")
    expect(page.get_by_role("heading", level=1)).to_have_text("Long An")
    page.context.clear_cookies()
    page.get_by_role("button", name="Về hiện tại").click()
    alert = page.get_by_role("alert").filter(has_text="Phiên đăng nhập đã hết")
    expect(alert).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_hidden()  # nor read by who sits down here next
    alert.get_by_role("link", name="Đăng nhập lại").click()
    page.get_by_role("button", name="so.01@longan.edu.vn", exact=True).click()
    expect(page).to_have_url(one.url + "/app/progress")
    one.faults = [fault for fault in one.faults if "401" not in fault]  # what the test itself brought about


def test_logging_out_ends_it(visit: Visiting) -> None:
    one = visit()
    page = one.log_in()
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url(re.compile("/local/authorize"))
    page.goto(one.url + "/app/progress")
    page.wait_for_url(re.compile("/local/authorize"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập với vai nào?")
    one.judge("log-in")
    # The page that is being left may ask once more.
    one.faults = [fault for fault in one.faults if "401" not in fault]


def test_an_address_of_nobody_says_so(visit: Visiting) -> None:
    one = visit()
    page = one.log_in(path="/app/nothing")
    expect(page.get_by_role("heading", level=1)).to_have_text("Không có trang này")
    one.judge("not-found")


def test_a_school_head_sees_her_school_and_no_other(course: WholeStack, visit: Visiting) -> None:
    accounts = course.call(None, "GET", "/local/accounts").json()["items"]
    head = next(one["account"] for one in accounts if one["role"] == "school_head")
    one = visit()
    page = one.log_in(head)
    report = course.get(head, "/api/v1/reports/progress")
    expect(page.get_by_role("heading", level=1)).to_have_text(report["unit"]["name"])
    assert whole(answer(page, "absent")) == report["figures"]["persons"] - report["figures"]["logged_in"]
    above = page.get_by_role("navigation", name="Đường dẫn đơn vị")
    expect(above).to_contain_text("Long An")
    expect(above.get_by_role("link")).to_have_count(0)
    one.judge("school-head")
    page.goto(f"{one.url}/app/progress?unit={report['above'][0]['id']}")
    expect(page.get_by_role("alert")).to_contain_text("ngoài phạm vi")
    one.faults = [fault for fault in one.faults if "404" not in fault]  # what the test itself brought about


def test_a_page_of_other_roles_says_so_and_not_that_it_is_empty(visit: Visiting, course: WholeStack) -> None:
    one = visit()
    page = one.log_in(holding(course, "learner")[0], "/app/verdicts")
    expect(page.get_by_role("alert")).to_contain_text("Vai trò của thầy cô không mở được trang này")
    expect(page.get_by_text("Không có học viên nào chờ")).to_have_count(0)
    one.judge("not-for-her-roles")


def test_a_day_beyond_the_course_is_the_day_that_is_said(visit: Visiting) -> None:
    page = visit().log_in(path="/app/progress?as_of=2030-01-01")
    expect(page.get_by_label("Số liệu tính đến").locator("output")).to_have_text("01/01/2030")
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "01/01/2030")
    page.goto(page.url.replace("2030-01-01", "2020-13-45"))
    expect(page.get_by_label("Số liệu tính đến").locator("output")).to_have_text("Bây giờ")


def test_whose_roles_have_ended_reads_whose_account_it_is(visit: Visiting) -> None:
    one = visit()
    # Every role of the sample has a page: what the gateway says of an account without any is put in its place.
    one.page.route("**/me", lambda route: route.fulfill(json={"account": OFFICER, "grants": []}))
    page = one.log_in()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chào thầy cô")
    one.judge("welcome")


def test_the_status_page_leads_to_it(visit: Visiting) -> None:
    one = visit()
    one.page.goto(one.url + "/status")
    expect(one.page.get_by_text("đã sẵn sàng").first).to_be_visible()
    one.judge("status")
    one.page.get_by_role("link", name="Mở").click()
    one.page.wait_for_url(re.compile("/local/authorize"))
