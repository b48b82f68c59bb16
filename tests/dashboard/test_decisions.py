"""Those who decide: core teachers, an institution's lecturer, the Sở's officer and leader, each at her own task.

The course stands before its last round, so that papers wait for marks and learners for verdicts; each test decides on
learners of its own, a day later than the one before.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from python_calamine import CalamineWorkbook

from tests.dashboard.conftest import OFFICER, Visiting, holding, rows, saved, whole
from tests.support.whole_stack import WholeStack, whole_stack

LEADER = "lanhdao.01@longan.edu.vn"
RESULTS = "/api/v1/results"
LISTS = "/api/v1/recognition-lists"
WAITING = "Chọn học viên rồi bấm"
OFFERED = 12
"""Accounts of a role that the local log-in page has buttons for."""
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


def on(day: int, hour: int = 9) -> dict[str, str]:
    """The sample's people act in its own days."""
    return {"x-with-server-date": f"2020-12-{day:02d}T{hour:02d}:00:00+07:00"}


@pytest.fixture(scope="module")
def course(browser: Browser) -> Iterator[WholeStack]:
    """The course as it stood before its last days, the dashboard built."""
    with whole_stack("decisions", DEMO_PEOPLE="120", DEMO_UNTIL="2020-12-18") as stack:
        stack.wait_for("COURSE PLAYED UNTIL 2020-12-18", 400)
        stack.wait_for("the dashboard:", 300)
        yield stack


def lacking(course: WholeStack, what: str, account: str = OFFICER) -> list[Any]:
    """Results whose next step is this."""
    return course.every(account, RESULTS, status="in_verdict", missing=what)


def by_holder(course: WholeStack) -> dict[str, list[Any]]:
    """Who waits for a core teacher's verdict, by the core teacher."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in lacking(course, "core_team"):
        found[row["gates"]["core_team"]["holder"]].append(row)
    return found


def most(course: WholeStack) -> tuple[str, list[Any]]:
    """Of the core teachers whom the local log-in offers, the one for whose verdict the most wait, and they."""
    accounts = course.call(None, "GET", "/local/accounts").json()["items"]
    offered = [one["account"] for one in accounts if one["role"] == "core_teacher"][:OFFERED]
    holders = by_holder(course)
    return max(((account, holders.get(account, [])) for account in offered), key=lambda one: len(one[1]))


def done(course: WholeStack, account: str, path: str, body: Any, day: dict[str, str]) -> Any:
    """A decision by the API that must be taken."""
    answer = course.call(account, "POST", path, json=body, headers=day)
    assert answer.status_code < 300, answer.text
    return answer.json()


def judge(
    course: WholeStack, account: str, gate: str, learners: list[Any], day: dict[str, str], reason: str = ""
) -> None:
    """Verdicts by the API: met, or not with this reason."""
    asked = [{"enrolment_id": one["enrolment_id"], "met": not reason, "reason": reason or None} for one in learners]
    for start in range(0, len(asked), 500):
        body = {"gate": gate, "verdicts": asked[start : start + 500]}
        assert {row["problem"] for row in done(course, account, "/api/v1/verdicts", body, day)["items"]} == {None}


def lecturer(course: WholeStack) -> str:
    """The lecturer for whose verdict the most wait."""
    return str(
        max(holding(course, "institution_lecturer"), key=lambda account: len(lacking(course, "institution", account)))
    )


def ready(course: WholeStack, day: int) -> list[Any]:
    """Learners of one course through all three gates, by the API: as many as there are."""
    for account, learners in by_holder(course).items():
        judge(course, account, "core_team", learners, on(day))
    account = lecturer(course)
    judge(course, account, "institution", lacking(course, "institution", account), on(day, 11))
    found: dict[str, list[Any]] = defaultdict(list)
    for row in lacking(course, "list"):
        found[row["course"]].append(row)
    return max(found.values(), key=len)


def gate_of(course: WholeStack, row: Any, gate: str) -> Any:
    return course.get(OFFICER, f"{RESULTS}/{row['enrolment_id']}")["gates"][gate]


def heard(course: WholeStack, row: Any, status: str) -> None:
    """Waits for grading to have heard of what was decided elsewhere."""
    until = monotonic() + 30
    while course.get(OFFICER, f"{RESULTS}/{row['enrolment_id']}")["status"] != status:
        assert monotonic() < until, status
        sleep(0.1)


def seen(page: Page, table: str) -> list[list[str]]:
    """The rows of a table, once it is there."""
    expect(page.get_by_role("table", name=table)).to_be_visible()
    return rows(page, table)


def names(found: list[Any]) -> list[str]:
    return sorted(row["name"] for row in found)


def test_a_core_teacher_reads_what_waits_for_her_mark_and_by_what_it_is_marked(
    course: WholeStack, visit: Visiting
) -> None:
    board = course.get(OFFICER, "/api/v1/grader-board")["items"]
    account, held = board[0]["grader"]["account"], board[0]["papers"]
    one = visit(extra_http_headers=on(19))
    page = one.log_in(account)
    expect(page).to_have_url(re.compile("/app/papers"))
    heading = page.get_by_role("heading", name=re.compile(r"đang chờ chấm$"))
    expect(heading).to_contain_text(f"{held} bài")
    shown = seen(page, "Bài chờ lâu nhất")
    papers = course.get(account, "/api/v1/grader-board/papers", limit=500)["items"]
    assert sorted(row[0] for row in shown) == names(papers)
    days = [whole(row[1]) for row in shown]
    assert days == sorted(days, reverse=True)
    expect(page.get_by_text("Bấm tên học viên để chấm theo tiêu chí.")).to_be_visible()
    scheme = page.locator("section", has=page.get_by_role("heading", name="Cách tính kết quả"))
    expect(scheme).to_contain_text("Đạt khi tổng điểm trên 50/100")
    assert [row.split("\t")[1] for row in scheme.locator("tbody tr").all_inner_texts()] == ["10%", "30%", "60%"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải Excel").click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    _, *filed = book.get_sheet_by_index(0).to_python()
    assert sorted(str(line[0]) for line in filed) == names(papers)
    one.judge("core-teacher-papers")


PAPERS = "/api/v1/grader-board/papers"


def papers_of(course: WholeStack, account: str) -> list[Any]:
    """What waits for her mark, in the order of her list."""
    found: list[Any] = course.get(account, PAPERS, limit=500)["items"]
    return found


def to_close(course: WholeStack) -> tuple[str, Any, list[Any]]:
    """Of the core teachers whom the local log-in offers, one with a learner whose total is open for marks alone: she,
    the learner's result, and all that waits for her mark."""
    offered = holding(course, "core_teacher")[:OFFERED]
    for account in sorted(offered, key=lambda one: -len(papers_of(course, one))):
        papers = papers_of(course, account)
        for enrolment in dict.fromkeys(one["enrolment_id"] for one in papers):
            result = course.get(account, f"{RESULTS}/{enrolment}")
            if result["scores"]["total"] is None and not {"quiz", "final"} & {row["what"] for row in result["missing"]}:
                return account, result, papers
    raise AssertionError("nobody's total waits for marks alone")


def full_mark(result: Any, paper: Any) -> dict[str, Any]:
    """A mark by the API: nine tenths by each criterion."""
    criteria = result["rule"]["criteria"]["final" if paper["paper"] == "final" else "essay"]["criteria"]
    points = [{"code": one["code"], "points": f"{int(one['most']) * 0.9:.1f}"} for one in criteria]
    return {"paper": paper["paper"], "attempt": paper["attempt"], "criteria": points}


def reported(course: WholeStack, enrolment: str, figure: str) -> Any:
    """When a figure began to hold for a learner, as reporting has heard."""
    until = monotonic() + 30
    while True:
        line = course.get(OFFICER, f"/api/v1/evidence/{enrolment}")
        moves = [one for one in line["figures"] if one["figure"] == figure]
        if sum(one["delta"] for one in moves) == 1:
            return moves[-1]["at"]
        assert monotonic() < until, line["figures"]
        sleep(0.2)


def test_a_core_teacher_marks_a_paper_by_its_criteria_and_goes_on_to_the_next(
    course: WholeStack, visit: Visiting
) -> None:
    account, result, papers = to_close(course)
    enrolment = result["enrolment_id"]
    mine = [one for one in papers if one["enrolment_id"] == enrolment]
    first, others = mine[0], [one for one in papers if one != mine[0]]
    one = visit(extra_http_headers=on(19))
    page = one.log_in(account, "/app/papers")
    row = page.get_by_role("row").filter(has_text=first["name"])
    row.get_by_role("link", name=re.compile("^Chấm ")).first.click()
    expect(page).to_have_url(re.compile(f"/app/papers/{enrolment}"))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_focused()
    expect(heading).to_contain_text(f": {first['name']}")
    expect(page.get_by_text("Trang này không có nội dung bài.")).to_be_visible()
    expect(page.get_by_text("Giả định.")).to_be_visible()
    facts = page.locator("dl.facts").first
    expect(facts).to_contain_text(first["class_code"])
    points = page.get_by_role("spinbutton")
    criteria = result["rule"]["criteria"]["final" if first["paper"] == "final" else "essay"]["criteria"]
    expect(points).to_have_count(len(criteria))
    for field, criterion in zip(points.all(), criteria, strict=True):
        expect(field).to_have_accessible_name(criterion["title"]["vi"])
        assert field.get_attribute("max") == criterion["most"]
    total = page.locator(".sum output")
    expect(total).to_have_text("0/100")

    save = page.get_by_role("button", name="Ghi điểm")
    save.click()
    expect(points.first).to_be_focused()
    expect(page.get_by_text("Chưa cho điểm tiêu chí này.")).to_have_count(len(criteria))
    points.first.fill("99")
    expect(page.get_by_text(f"Điểm phải từ 0 đến {criteria[0]['most']}.")).to_be_visible()
    one.judge("core-teacher-marks-wrongly")
    # By the keyboard alone: a number, Tab, the next one; Enter saves.
    points.first.focus()
    page.keyboard.press("Control+A")
    given = [f"{int(criterion['most']) - 2.5:g}" for criterion in criteria]
    for number in given:
        page.keyboard.type(number)
        page.keyboard.press("Tab")
    expect(total).to_have_text(f"{sum(map(float, given)):g}/100".replace(".", ","))
    page.get_by_label("Nhận xét").fill("Bài làm bám sát yêu cầu, cần thêm minh chứng của đơn vị.")
    one.judge("core-teacher-marks")
    points.last.press("Enter")

    told = page.get_by_role("status").filter(has_text="Đã ghi")
    expect(told).to_contain_text(first["name"])
    if others:
        expect(heading).not_to_contain_text("Bài chờ chấm")
        expect(points).not_to_have_count(0)
        one.judge("core-teacher-marks-the-next")
        page.get_by_role("link", name="Bài chờ chấm").first.click()
    expect(page.get_by_role("heading", name=re.compile(r"chờ chấm$"))).to_contain_text(str(len(others) or "Không"))
    until = monotonic() + 30
    while len(papers_of(course, account)) > len(others):
        assert monotonic() < until, "the paper is still on the board"
        sleep(0.1)
    explained = course.get(account, f"{RESULTS}/{enrolment}")
    (mark,) = (piece for piece in explained["inputs"] if piece["vendor"] == "bdtx:marks")
    assert (mark["at"][:10], mark["facts"]["grader"]) == ("2020-12-19", account)
    assert [row["points"] for row in mark["facts"]["marking"]["points"]] == given

    # All her papers marked, the total is closed, and every service has heard of it.
    for paper in mine[1:]:
        done(course, account, f"{RESULTS}/{enrolment}/marks", full_mark(result, paper), on(19, 10))
    assert reported(course, enrolment, "graded").startswith("2020-12-19")


def test_a_mark_is_changed_from_the_evidence_with_a_reason_and_the_learner_reads_it(
    course: WholeStack, visit: Visiting
) -> None:
    account, paper = next(
        (account, papers[0])
        for account in holding(course, "core_teacher")[:OFFERED]
        if (papers := papers_of(course, account))
    )
    enrolment = paper["enrolment_id"]
    before = course.get(account, f"{RESULTS}/{enrolment}")
    marks = f"{RESULTS}/{enrolment}/marks"
    done(course, account, marks, full_mark(before, paper) | {"comment": "Đạt yêu cầu."}, on(19, 11))
    one = visit(extra_http_headers=on(20))
    page = one.log_in(account, f"/app/evidence/{enrolment}")
    line = page.get_by_role("row").filter(has_text="Chấm tại hệ thống này")
    expect(line).to_contain_text("Nhận xét: Đạt yêu cầu.")
    expect(line).to_contain_text(": 9/10")
    line.get_by_role("link", name=re.compile("^Sửa điểm")).click()
    expect(page.get_by_text("Lần nộp này đã có điểm 90/100")).to_be_visible()
    points = page.get_by_role("spinbutton")
    expect(points.last).to_have_value("9")
    points.last.fill("4.5")
    save = page.get_by_role("button", name="Ghi điểm")
    save.click()
    reason = page.get_by_label("Lý do sửa điểm")
    expect(reason).to_be_focused()
    expect(page.get_by_text("Sửa điểm thì phải nêu lý do.")).to_be_visible()
    reason.fill("Cộng nhầm điểm trình bày.")
    one.judge("core-teacher-changes-a-mark")
    # Meanwhile a later mark of the platform's or of a colleague's: hers would change nothing, and is told so in place.
    late = full_mark(before, paper) | {"reason": "Chấm lại"}
    done(course, account, marks, late, on(21))
    save.click()
    expect(page.get_by_role("alert")).to_contain_text("lần nộp này đã có điểm chấm sau thời điểm này")
    one.judge("core-teacher-mark-refused")
    page.set_extra_http_headers(on(22))
    save.click()
    expect(page.get_by_role("status").filter(has_text="Đã ghi 85,5/100 điểm")).to_be_visible()
    page.goto(f"{one.url}/app/evidence/{enrolment}")
    line = page.get_by_role("row").filter(has_text="Lý do sửa điểm: Cộng nhầm")
    expect(line).to_contain_text(": 4,5/10")
    expect(line.get_by_role("link", name=re.compile("^Sửa điểm"))).to_be_visible()
    expect(page.get_by_text("(đã có điểm sau thay thế)")).to_have_count(2)
    one.judge("evidence-with-marks")
    one.faults = [fault for fault in one.faults if "409" not in fault]  # what the test itself brought about
    learner = before["account"]
    assert learner is not None
    hers = course.get(learner, f"{RESULTS}/{enrolment}")
    assert "Cộng nhầm điểm trình bày." in str(hers["inputs"])


def test_a_core_teacher_judges_her_class_and_reads_why_a_row_was_refused(course: WholeStack, visit: Visiting) -> None:
    account, waiting = most(course)
    assert len(waiting) > 1
    one = visit(extra_http_headers=on(19))
    page = one.log_in(account, "/app/verdicts")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đánh giá của đội ngũ cốt cán")
    shown = seen(page, WAITING)
    assert sorted(row[0] for row in shown) == names(waiting)
    header, *filed = saved(page, "Học viên chờ đánh giá")
    assert [(str(line[0]), f"{line[1]:.2f}".replace(".", ",")) for line in filed] == [(row[0], row[1]) for row in shown]
    assert "Minh chứng" not in header
    one.judge("core-teacher-verdicts")
    give = page.get_by_role("button", name="Đạt", exact=True)
    expect(give).to_be_disabled()
    page.get_by_label(f"Chọn tất cả {len(waiting)} dòng").check()
    give.click()
    dialog = page.get_by_role("dialog", name=f"Đánh giá “Đạt” cho {len(waiting)} học viên?")
    one.judge("core-teacher-confirms")
    # Meanwhile a learner leaves the course.
    gone = waiting[0]
    path = f"/api/v1/enrolments/{gone['enrolment_id']}/withdraw"
    done(course, OFFICER, path, {"reason": "chuyển tỉnh"}, on(19, 8))
    heard(course, gone, "withdrawn")
    dialog.get_by_role("button", name="Ghi nhận Đạt").click()
    outcome = page.get_by_role("status").filter(has_text="Đã ghi nhận")
    expect(outcome).to_contain_text(f"cho {len(waiting) - 1} học viên")
    expect(outcome.get_by_role("row", name=gone["name"])).to_contain_text("Học viên đã rút khỏi khóa học.")
    one.judge("core-teacher-outcome")
    for row in waiting[1:]:
        given = gate_of(course, row, "core_team")
        assert (given["state"], given["by"]) == ("met", account)
    expect(page.get_by_text("Không có học viên nào chờ thầy cô đánh giá.")).to_be_visible()


def test_a_refusal_has_a_reason_and_is_given_anew_later(course: WholeStack, visit: Visiting) -> None:
    account, waiting = most(course)
    one = visit(extra_http_headers=on(20))
    page = one.log_in(account, "/app/verdicts")
    learner = waiting[0]
    page.get_by_label(f"Chọn {learner['name']}", exact=True).check()
    page.get_by_role("button", name="Chưa đạt", exact=True).click()
    dialog = page.get_by_role("dialog")
    confirm = dialog.get_by_role("button", name="Ghi nhận Chưa đạt")
    expect(confirm).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Chưa đạt", exact=True).click()
    dialog.get_by_label("Lý do").fill("Cần bổ sung phần vận dụng tại đơn vị.")
    one.judge("core-teacher-refuses")
    confirm.click()
    expect(page.get_by_role("status").filter(has_text="“Chưa đạt” cho 1 học viên")).to_be_visible()
    refused = gate_of(course, learner, "core_team")
    assert (refused["state"], refused["reasons"]) == ("refused", ["Cần bổ sung phần vận dụng tại đơn vị."])
    page.get_by_role("radio", name="Đã đánh giá Chưa đạt").click()
    expect(page).to_have_url(re.compile("view=refused"))
    expect(page.get_by_role("table", name=WAITING)).to_contain_text("Cần bổ sung phần vận dụng")
    page.get_by_label(f"Chọn {learner['name']}", exact=True).check()
    page.get_by_role("button", name="Đạt", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Ghi nhận Đạt").click()
    expect(page.get_by_role("status").filter(has_text="“Đạt” cho 1 học viên")).to_be_visible()
    assert gate_of(course, learner, "core_team")["state"] == "met"


def test_a_lecturer_judges_at_the_institution_s_gate_in_english_too(course: WholeStack, visit: Visiting) -> None:
    for account, learners in list(by_holder(course).items())[:6]:
        judge(course, account, "core_team", learners, on(21))
    account = lecturer(course)
    waiting = lacking(course, "institution", account)
    one = visit(extra_http_headers=on(22))
    page = one.log_in(account)
    expect(page).to_have_url(re.compile("/app/verdicts"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Đánh giá của cơ sở bồi dưỡng")
    assert sorted(row[0] for row in seen(page, WAITING)) == names(waiting)
    one.judge("lecturer-verdicts")
    chosen = waiting[0]
    page.get_by_label("Lớp", exact=True).select_option(label=chosen["class_code"])
    mine = [row for row in waiting if row["class_code"] == chosen["class_code"]]
    expect(page.get_by_label(f"Chọn tất cả {len(mine)} dòng")).to_be_visible()
    page.get_by_role("button", name="English").click()
    page.get_by_label(f"Choose all {len(mine)} rows").check()
    page.get_by_role("button", name="Met", exact=True).click()
    one.judge("lecturer-confirms-in-english")
    page.get_by_role("dialog").get_by_role("button", name="Record “Met”").click()
    expect(page.get_by_role("status").filter(has_text=f"“Met” is recorded for {len(mine)} learner")).to_be_visible()
    assert {gate_of(course, row, "institution")["by"] for row in mine} == {account}
    page.get_by_role("link", name="Recognition lists").click()
    expect(page.get_by_role("table", name="The newest first")).to_be_visible()
    expect(page.get_by_role("button", name="Make the list")).to_have_count(0)


def approved(page: Page, course: WholeStack, list_id: str) -> Any:
    """The list by the API, once the page has said that it is approved."""
    expect(page.locator(".strong").filter(has_text="Đã phê duyệt")).to_be_visible()
    return course.get(LEADER, f"{LISTS}/{list_id}")


def test_an_officer_makes_a_list_and_the_leader_approves_it(course: WholeStack, visit: Visiting) -> None:
    learners = ready(course, 22)
    one = visit(extra_http_headers=on(23))
    page = one.log_in(OFFICER, f"/app/lists?course={learners[0]['course']}")
    assert sorted(row[0] for row in seen(page, "đã Đạt cả ba bước")) == names(learners)
    page.get_by_label(f"Chọn tất cả {len(learners)} dòng").check()
    one.judge("officer-lists")
    page.get_by_role("button", name="Lập danh sách", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tên danh sách").fill("Danh sách công nhận đợt 3")
    one.judge("officer-makes-a-list")
    dialog.get_by_role("button", name="Lập danh sách").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Danh sách công nhận đợt 3")
    expect(page.get_by_text("Danh sách chờ lãnh đạo Sở phê duyệt.")).to_be_visible()
    list_id = page.url.partition("list=")[2]

    other = visit(extra_http_headers=on(24))
    page = other.log_in(LEADER, "/app/lists")
    page.get_by_role("link", name="Danh sách công nhận đợt 3").click()
    assert {row[1] for row in seen(page, "từ lúc lập")} == {"Không"}
    other.judge("leader-reads-a-list")
    page.get_by_role("button", name="Phê duyệt danh sách").click()
    expect(page.get_by_role("dialog", name=f"Phê duyệt danh sách {len(learners)} học viên?")).to_be_visible()
    other.judge("leader-confirms")
    page.get_by_role("dialog").get_by_role("button", name="Phê duyệt danh sách").click()
    expect(page.get_by_role("status").filter(has_text=f"{len(learners)} học viên được công nhận")).to_be_visible()
    assert approved(page, course, list_id)["approved_by"] == LEADER
    other.judge("leader-approved")
    assert {course.get(OFFICER, f"{RESULTS}/{row['enrolment_id']}")["status"] for row in learners} == {"recognised"}


def test_what_changed_since_a_list_was_made_stands_out_and_nothing_is_approved_by_halves(
    course: WholeStack, visit: Visiting
) -> None:
    learners = ready(course, 24)
    body = {"title": "Danh sách có thay đổi", "enrolment_ids": [row["enrolment_id"] for row in learners]}
    list_id = done(course, OFFICER, LISTS, body, on(25))["id"]
    one = visit(extra_http_headers=on(26))
    page = one.log_in(LEADER, f"/app/lists?list={list_id}")
    approve = page.get_by_role("button", name="Phê duyệt danh sách")
    approve.click()
    # Between her reading and her word, the institution takes its own back.
    turned = learners[0]
    judge(
        course,
        gate_of(course, turned, "institution")["by"],
        "institution",
        [turned],
        on(25, 10),
        "Chưa bám sát hướng dẫn",
    )
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Phê duyệt danh sách").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Danh sách chưa được phê duyệt: 1 học viên")
    expect(dialog.get_by_role("row", name=turned["name"])).to_contain_text("Chưa Đạt đủ cả ba bước đánh giá.")
    one.judge("leader-refused")
    dialog.get_by_role("button", name="Hủy").click()
    expect(approve).to_be_disabled()
    first = page.get_by_role("table", name="từ lúc lập").locator("tbody tr").first
    expect(first.locator("th")).to_have_text(turned["name"])
    expect(first).to_contain_text("Cơ sở bồi dưỡng: Đạt → Chưa đạt (Chưa bám sát hướng dẫn)")
    page.get_by_role("radio", name="Không đủ điều kiện (1)").click()
    expect(page).to_have_url(re.compile("show=refused"))
    assert [row[0] for row in seen(page, "từ lúc lập")] == [turned["name"]]
    one.judge("leader-differences")
    assert course.get(LEADER, f"{LISTS}/{list_id}")["state"] == "draft"
    if len(learners) > 1:
        page.get_by_role("button", name=f"Lập danh sách mới với {len(learners) - 1} học viên").click()
        page.get_by_role("dialog").get_by_role("button", name="Lập danh sách").click()
        expect(page.get_by_text(f"Tất cả ({len(learners) - 1})")).to_be_visible()
        expect(approve).to_be_enabled()
    one.faults = [fault for fault in one.faults if "409" not in fault]  # what the test itself brought about


def test_on_a_phone_the_pages_of_those_who_decide_fit(course: WholeStack, visit: Visiting) -> None:
    draft = course.every(LEADER, LISTS)[-1]["id"]
    marker = next(account for account in holding(course, "core_teacher")[:OFFERED] if papers_of(course, account))
    paper = papers_of(course, marker)[0]
    marking = f"/app/papers/{paper['enrolment_id']}?paper={paper['paper']}"
    pages = {
        "papers": (marker, "/app/papers", "Cách tính kết quả"),
        "marking": (marker, marking, "Chấm"),
        "verdicts": (lecturer(course), "/app/verdicts", None),
        "lists": (LEADER, "/app/lists", "Các danh sách"),
        "list": (LEADER, f"/app/lists?list={draft}", "Học viên trong danh sách"),
    }
    for name, (account, path, heading) in pages.items():
        one = visit(extra_http_headers=on(27), **PHONE)
        page = one.log_in(account, path)
        whole_name = heading is not None and name != "marking"
        expect(page.get_by_role("heading", name=heading or "Đánh giá", exact=whole_name).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        one.judge(f"phone-{name}")
