"""The auditor: who decided what, part by part, in words, with the very rows that the services keep."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.dashboard.conftest import Visiting, holding, rows, whole
from tests.support.whole_stack import WholeStack

LISTED = "quyết định, mới nhất trước"


def test_an_auditor_reads_every_decision_of_a_part_in_words(course: WholeStack, visit: Visiting) -> None:
    auditor = holding(course, "auditor")[0]
    one = visit()
    page = one.log_in(auditor, path="/app/audit")
    expect(page.get_by_role("table", name=re.compile(LISTED))).to_be_visible()
    one.judge("audit-roster")
    page.get_by_role("radio", name="Đánh giá").check()
    expect(page).to_have_url(re.compile("of=grading"))
    kept = course.get(auditor, "/api/v1/audit", service="grading", limit="50")
    caption = page.get_by_role("table", name=re.compile(LISTED)).locator("caption")
    expect(caption).to_contain_text("trên")
    assert {row["service"] for row in kept["items"]} == {"grading"}
    assert whole(caption.inner_text().split(" trên ")[1].split()[0]) == kept["total"] > 50
    screen = rows(page, LISTED)
    assert sorted(row[1] for row in screen) == sorted(row["account"] for row in kept["items"])
    assert not [row[2] for row in screen if re.fullmatch(r"[a-z_]+\.[a-z_]+", row[2])], "an act without words"
    page.get_by_role("button", name="Xem thêm").click()
    expect(caption).to_contain_text(re.compile(r"^(5[1-9]|[6-9]\d|\d{3}|[\d.]{5,}) trên"))
    one.judge("audit-grading")


def test_the_audit_is_nobody_else_s_page(course: WholeStack, visit: Visiting) -> None:
    one = visit()
    page = one.log_in(holding(course, "school_head")[0], path="/app/audit")
    expect(page.get_by_role("table", name=re.compile(LISTED))).to_have_count(0)
    assert course.call(holding(course, "school_head")[0], "GET", "/api/v1/audit").status_code == 403
