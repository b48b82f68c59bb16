"""A vendor's engineer: what was delivered, what was wrong with it, and a test event that changes nobody's result."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from deploy.local.secrets import SANDBOX, VENDOR
from tests.dashboard.conftest import OFFICER, Visiting, answer, rows, whole
from tests.support.whole_stack import WholeStack

ENGINEER = "kythuat.viettel@longan.edu.vn"
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True,
}  # fmt: skip
PAGES = {"deliveries": f"/app/deliveries?source={VENDOR}", "sandbox": "/app/sandbox"}


@pytest.fixture
def secret(course: WholeStack) -> str:
    """The sandbox's, as the vendor was given it."""
    return str(json.loads(course.paths.vendor_secrets.read_text())[SANDBOX][0])


def write(page: Page, event: Any, secret: str) -> None:
    """Puts an event and a secret into the form and sends it."""
    page.get_by_label("Nội dung gửi (JSON)").fill(event if isinstance(event, str) else json.dumps(event))
    page.get_by_label("Khóa bí mật").fill(secret)
    page.get_by_role("button", name="Ký và gửi thử").click()


def written(number: int) -> str:
    """A number as the page writes it in Vietnamese."""
    return f"{number:,}".replace(",", ".")


def outcome(page: Page) -> Any:
    return page.get_by_role("region", name="Kết quả")


def test_a_vendor_s_first_page_says_what_became_of_her_deliveries(course: WholeStack, visit: Visiting) -> None:
    one = visit()
    page = one.log_in(ENGINEER)
    expect(page).to_have_url(one.url + "/app/deliveries")
    expect(page.get_by_role("radio", name=VENDOR, exact=True)).to_be_checked()
    seen = course.get(ENGINEER, f"/api/v1/sources/{VENDOR}")
    assert whole(answer(page, "accepted")) == seen["events"]["accepted"] > 1_000
    assert whole(answer(page, "waiting")) == seen["waiting"]["events"]
    assert whole(answer(page, "rejected")) == seen["events"]["rejected"]
    assert re.search(r"\d\d:\d\d:\d\d", answer(page, "last-seen"))
    errors = [[row[0], whole(row[1])] for row in rows(page, "Các loại lỗi của nguồn")]
    assert errors == [[error["reason"], error["number"]] for error in seen["errors"]]
    one.judge("vendor-deliveries")


def test_deliveries_come_page_by_page_and_the_faulty_ones_alone(course: WholeStack, visit: Visiting) -> None:
    page = visit().log_in(ENGINEER, "/app/deliveries")
    path = f"/api/v1/sources/{VENDOR}/deliveries"
    total = course.get(ENGINEER, path, limit=1)["total"]
    expect(page.get_by_role("table", name=f"50 trên {written(total)}")).to_be_visible()
    page.get_by_role("button", name="Xem thêm").click()
    expect(page.get_by_role("table", name=f"{min(100, total)} trên {written(total)}")).to_be_visible()
    listed = [row[1] for row in rows(page, "trên")]
    assert listed == [one["webhook_id"] for one in course.get(ENGINEER, path, limit=100)["items"]]
    page.get_by_role("radio", name="Chỉ lượt có lỗi").click()
    expect(page).to_have_url(re.compile("faulty=true"))
    faulty = course.get(ENGINEER, path, limit=50, faulty=True)
    expect(page.get_by_role("table", name=f"trên {written(faulty['total'])} lượt gửi")).to_be_visible()
    shown = [row[1:2] for row in rows(page, "lượt gửi, mới")]  # of none there is one cell that says so
    assert shown == ([[one["webhook_id"]] for one in faulty["items"]] or [[]])


def test_a_test_event_is_answered_like_a_real_one_and_changes_nobody_s_result(
    course: WholeStack, visit: Visiting, secret: str
) -> None:
    learner = course.get(OFFICER, "/api/v1/results", limit=1)["items"][0]
    path = f"/api/v1/results/{learner['enrolment_id']}"
    before, seen = course.get(OFFICER, path), course.get(ENGINEER, f"/api/v1/sources/{VENDOR}")
    one = visit()
    page = one.log_in(ENGINEER, "/app/sandbox")
    page.get_by_label("Loại sự kiện").select_option("final.graded")
    event = json.loads(page.get_by_label("Nội dung gửi (JSON)").input_value())
    event |= {"learner": {"account": learner["account"]}, "course": learner["course"]}
    event["data"] |= {"attempt": 9, "score": "1"}
    write(page, event, secret)
    expect(outcome(page)).to_contain_text("1 sự kiện hợp lệ, người học có trong danh sách.")
    expect(outcome(page)).to_contain_text('"accepted": 1')
    one.judge("vendor-sandbox")
    write(page, event, secret)
    expect(outcome(page)).to_contain_text("1 sự kiện đã gửi trước đó")
    write(page, event | {"id": "thu-khac", "course": "KHONG-CO"}, secret)
    expect(outcome(page)).to_contain_text("chưa có trong danh sách")
    write(page, {"events": [event | {"id": "thu-sai", "type": "final.deleted"}]}, secret)
    expect(outcome(page)).to_contain_text("1 sự kiện bị từ chối")
    page.get_by_role("link", name="Xem các lượt đã gửi thử").click()
    expect(page.get_by_text("Đây là nguồn thử nghiệm")).to_be_visible()
    assert [row[0] for row in rows(page, "Các loại lỗi của nguồn")] == ["type is unknown"]
    one.judge("vendor-sandbox-deliveries")
    assert course.get(OFFICER, path) == before
    after = course.get(ENGINEER, f"/api/v1/sources/{VENDOR}")
    assert after == seen, "nor is anything of it among the vendor's real deliveries"


def test_what_is_wrong_with_a_delivery_is_said_in_words(visit: Visiting, secret: str) -> None:
    one = visit()
    page = one.log_in(ENGINEER, "/app/sandbox")
    write(page, "{}", "whsec_AAAA")
    expect(page.get_by_role("alert")).to_contain_text("Khóa không đúng dạng")
    write(page, "{}", secret[:-8] + "AAAAAAA=")
    expect(outcome(page)).to_contain_text("Chữ ký không được chấp nhận")
    write(page, "[]", secret)
    expect(outcome(page)).to_contain_text("nội dung không đúng dạng")
    one.judge("vendor-sandbox-refused")
    one.faults = [fault for fault in one.faults if not re.search("401|422", fault)]  # what the test brought about


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_nothing_of_it_runs_off_the_side(visit: Visiting, name: str) -> None:
    one = visit(**PHONE)
    page = one.log_in(ENGINEER, PAGES[name])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Đang tải")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    one.judge(f"vendor-{name}-phone")


def test_in_english_too(visit: Visiting) -> None:
    one = visit()
    page = one.log_in(ENGINEER, PAGES["deliveries"])
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What the learning platform delivered")
    page.get_by_role("link", name="Test event").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send a test event")
    one.judge("vendor-sandbox-english")


def test_an_operator_sees_every_source(visit: Visiting) -> None:
    page = visit().log_in("vanhanh.01@longan.edu.vn")
    for source in (VENDOR, SANDBOX):
        expect(page.get_by_role("radio", name=source, exact=True)).to_be_attached()
