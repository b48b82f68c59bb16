"""Marks given here over HTTP: who may, of what, under a key, corrected, and outdone by the platform's later mark."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import pytest

from services.grading.use_cases.marks import OURS
from shared.identity import Role
from tests.services.grading.conftest import CORE, LECTURER, Grading
from tests.services.grading.roster_says import AUDIENCE, CLASS, CLOSES, ENROLMENT, OTHER_CLASS, PERSON, enrolment
from tests.services.grading.vendor import GRADER, batch, event, final_mark, single, whole_course
from tests.support.states import number

SECOND = number(2, kind=1)
ESSAY = {"content": "30", "practice": "20.5", "reasoning": "15", "presentation": "10"}
FINAL = {"context": "20", "goals": "20", "measures": "30", "follow_up": "5", "presentation": "5"}
LATER = "2021-01-16T08:00:00+07:00"
LAST = "2021-01-17T08:00:00+07:00"


def mark(paper: str = "essay:e1", attempt: int = 1, points: Mapping[str, Any] | None = None, **more: Any) -> Any:
    given = points if points is not None else FINAL if paper == "final" else ESSAY
    criteria = [{"code": code, "points": one} for code, one in given.items()]
    return {"paper": paper, "attempt": attempt, "criteria": criteria} | more


async def give(grading: Grading, body: Any, *, token: str = "", n: int = 1, **more: Any) -> httpx.Response:
    return await grading.call(token or grading.core, "POST", f"/results/{number(n, kind=1)}/marks", body, **more)


def problems(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(row["pointer"], row["message"]) for row in answer.json()["errors"]]


def refused(answer: httpx.Response, status: int, detail: str) -> None:
    assert (answer.status_code, answer.json().get("detail")) == (status, detail), answer.text


@pytest.fixture
async def marking(grading: Grading) -> Grading:
    """A learner with everything done and her final assignment unmarked; her first essay was handed in once more."""
    await grading.hear(enrolment(1), enrolment(2, ["gv.2@longan.edu.vn"], class_id=OTHER_CLASS))
    course = [one for one in whole_course() if one["type"] != "final.graded"]
    again = event("again", "essay.submitted", {"essay": "e1", "attempt": 2}, minute=60)
    await grading.take(batch([*course, again]))
    await grading.assess()
    return grading


async def waiting(grading: Grading) -> list[tuple[str, int]]:
    await grading.assess()
    page = await grading.done(grading.core, "GET", "/grader-board/papers")
    return [(one["paper"], one["attempt"]) for one in page["items"]]


async def test_a_mark_takes_the_paper_off_the_board_and_closes_the_result(marking: Grading) -> None:
    assert sorted(await waiting(marking)) == [("essay:e1", 2), ("final", 1)]
    assert (await marking.result()).status == "studying"
    answer = await give(marking, mark("final", comment="  Kế hoạch khả thi  "))
    assert answer.status_code == 201, answer.text
    given = answer.json()
    assert given == {
        "id": given["id"], "enrolment_id": str(ENROLMENT), "paper": "final", "attempt": 1, "score": "80",
        "scale": "100", "grader": GRADER, "at": "2021-01-15T01:00:00Z",
    }  # fmt: skip
    assert await waiting(marking) == [("essay:e1", 2)]
    result = await marking.result()
    assert (result.scores.final, result.status, result.gates.lms.state) == ("80.00", "in_verdict", "met")
    assert (await marking.said())[-1] == "graded"
    assert "self_marked" not in result.flags


async def test_it_is_evidence_with_its_points_and_an_audit_row(marking: Grading) -> None:
    given = (await give(marking, mark("essay:e1", 2, comment="Bài tốt"), headers={"x-request-id": "r-1"})).json()
    explained = await marking.done(marking.core, "GET", f"/results/{ENROLMENT}")
    (ours,) = (one for one in explained["inputs"] if one["vendor"] == OURS)
    assert (ours["event_id"], ours["type"], ours["at"]) == (given["id"], "essay.graded", "2021-01-15T01:00:00Z")
    assert ours["facts"] == {
        "attempt": 2, "essay": "e1", "score": "75.5", "scale": "100", "grader": GRADER,
        "marking": {
            "criteria_version": 1,
            "points": [
                {"code": "content", "points": "30", "most": "40"},
                {"code": "practice", "points": "20.5", "most": "30"},
                {"code": "reasoning", "points": "15", "most": "20"},
                {"code": "presentation", "points": "10", "most": "10"},
            ],
            "person": str(CORE), "comment": "Bài tốt", "reason": None,
        },
    }  # fmt: skip
    titles = {one["code"]: one["title"]["vi"] for one in explained["rule"]["criteria"]["essay"]["criteria"]}
    assert titles["practice"] == "Liên hệ, vận dụng vào thực tiễn nhà trường"
    (row,) = await marking.rows("SELECT account, object_id, details FROM audit WHERE action = 'mark.give'")
    assert (row.account, row.object_id) == (GRADER, str(ENROLMENT))
    details = row.details if isinstance(row.details, dict) else msgspec.json.decode(row.details)
    assert details == {
        "event_id": given["id"], "paper": "essay:e1", "attempt": 2, "score": "75.5", "criteria_version": 1,
        "points": {"content": "30", "practice": "20.5", "reasoning": "15", "presentation": "10"},
    }  # fmt: skip
    assert "Bài tốt" not in str(details), "what is written to the learner is no part of the audit"


async def test_the_criteria_come_with_the_schemes_and_say_what_is_assumed(marking: Grading) -> None:
    (scheme,) = (await marking.done(marking.core, "GET", "/schemes"))["items"]
    criteria = scheme["criteria"]
    assert (criteria["version"], criteria["scale"]) == (1, "100")
    for kind, codes in (("essay", ESSAY), ("final", FINAL)):
        assert [one["code"] for one in criteria[kind]["criteria"]] == list(codes)
        assert sum(int(one["most"]) for one in criteria[kind]["criteria"]) == 100
        assert "Phụ lục 2, 3" in criteria[kind]["source"]["annex"]
        assert "giả định" in criteria[kind]["assumption"]["vi"]


async def test_who_may_mark(marking: Grading) -> None:
    over: dict[str, Any] = {"class_id": CLASS, "account": GRADER}
    assert (await give(marking, mark(attempt=2), n=2)).status_code == 404, "a class that is not hers"
    assert (await give(marking, mark(attempt=2), n=99)).status_code == 404
    other = marking.token(Role.CORE_TEACHER, person=CORE, class_id=OTHER_CLASS)
    assert (await give(marking, mark(attempt=2), token=other)).status_code == 404
    herself = marking.token(Role.CORE_TEACHER, person=PERSON, **over)
    refused(await give(marking, mark(attempt=2), token=herself), 403, "không ai tự chấm bài của mình")
    nobody = marking.token(Role.CORE_TEACHER, person=None, **over)
    assert (await give(marking, mark(attempt=2), token=nobody)).status_code == 403
    for token in (marking.officer, marking.leader, marking.lecturer, marking.token(Role.LEARNER, person=PERSON)):
        assert (await give(marking, mark(attempt=2), token=token)).status_code == 403
    assert (await give(marking, mark(attempt=2), token="")).status_code == 201
    # Ids that nobody has leave no trace.
    assert await marking.rows("SELECT 1 FROM study WHERE learner LIKE :one", one=f"%{number(99, kind=1)}") == []


async def test_who_marked_speaks_for_the_core_team_and_in_no_other_role(marking: Grading) -> None:
    assert (await give(marking, mark("final"))).status_code == 201
    await marking.assess()
    assert await marking.verdict("core_team", ENROLMENT) == [None]
    both = marking.token(Role.INSTITUTION_LECTURER, person=CORE, audience=AUDIENCE)
    body = {"gate": "institution", "verdicts": [{"enrolment_id": str(ENROLMENT), "met": True}]}
    assert (await marking.done(both, "POST", "/verdicts", body))["items"][0]["problem"] == "second_role"
    assert await marking.verdict("institution", ENROLMENT) == [None]
    lecturer = marking.token(Role.CORE_TEACHER, person=LECTURER, class_id=CLASS)
    answer = await give(marking, mark(attempt=2), token=lecturer)
    refused(answer, 403, "người này đã đánh giá học viên với một vai trò khác")


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        (mark(points=ESSAY | {"content": "40.5"}, attempt=2), "/body/criteria/0/points", "phải từ 0 đến 40"),
        (mark(points=ESSAY | {"beauty": "1"}, attempt=2), "/body/criteria/4/code", "không có tiêu chí này"),
        (mark(points={"content": "1"}, attempt=2), "/body/criteria", "chưa cho điểm tiêu chí practice"),
        (mark("essay:e9"), "/body/paper", "khóa học không có bài này"),
        (mark(points=ESSAY | {"content": "1.005"}, attempt=2), "/body/criteria/0/points",
         "Không được quá 2 chữ số sau dấu phẩy"),
        (mark(points=ESSAY | {"content": "-1"}, attempt=2), "/body/criteria/0/points", "Không được nhỏ hơn 0"),
        (mark(points=ESSAY | {"content": "NaN"}, attempt=2), "/body/criteria/0/points", "Phải là số hữu hạn"),
        (mark(attempt=0), "/body/attempt", "Không được nhỏ hơn 1"),
        (mark(attempt=2, comment="x" * 2_001), "/body/comment", "Không được quá 2000 ký tự"),
        (mark(attempt=2, comment="a\x00b"), "/body/comment", "không được có ký tự NUL hoặc nửa cặp ký tự thay thế"),
        (mark(), "/body/reason", "sửa điểm thì phải nêu lý do"),
    ],
)  # fmt: skip
async def test_what_is_no_mark_is_refused_with_its_place(
    marking: Grading, body: Any, pointer: str, message: str
) -> None:
    assert (pointer, message) in problems(await give(marking, body))
    assert await marking.count("evidence") == len(whole_course())
    assert await marking.rows("SELECT 1 FROM audit WHERE action = 'mark.give'") == []


async def test_numbers_may_come_as_numbers(marking: Grading) -> None:
    answer = await give(marking, mark(attempt=2, points={one: float(points) for one, points in ESSAY.items()}))
    assert (answer.status_code, answer.json()["score"]) == (201, "75.5")


async def test_only_what_was_handed_in_is_marked(marking: Grading) -> None:
    refused(await give(marking, mark("final", 2)), 409, "lần nộp này không có bài nộp")
    await marking.hear(enrolment(1, withdrawn_at=CLOSES))
    refused(await give(marking, mark("final")), 409, "học viên đã rút khỏi khóa")


@pytest.mark.parametrize("kind", ["secondary", "reference"])
async def test_who_studies_for_reference_is_not_marked(marking: Grading, kind: str) -> None:
    await marking.hear(enrolment(1, kind=kind))
    await marking.assess()
    (paper, _) = (await marking.done(marking.core, "GET", "/grader-board/papers"))["items"]
    assert paper["kind"] == kind
    refused(await give(marking, mark("final")), 409, "môn học kiêm nhiệm hoặc tham khảo thì không chấm điểm")


async def test_a_key_gives_one_mark_however_often_it_comes(marking: Grading) -> None:
    key = {"idempotency-key": "k-1"}
    first = await give(marking, mark("final"), headers=key)
    again = await give(marking, mark("final"), headers=key, at=LATER)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await marking.rows("SELECT 1 FROM evidence WHERE vendor = :ours", ours=OURS)) == 1
    assert len(await marking.rows("SELECT 1 FROM audit WHERE action = 'mark.give'")) == 1
    assert (await give(marking, mark("final", comment="x"), headers=key)).status_code == 409


async def test_of_two_marks_at_once_the_second_sees_the_first(marking: Grading) -> None:
    given = [mark("final"), mark("final", points=FINAL | {"measures": "10"})]
    answers = await asyncio.gather(*(give(marking, body) for body in given))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses in ([201, 422], [201, 409]), [answer.text for answer in answers]
    assert len(await marking.rows("SELECT 1 FROM evidence WHERE vendor = :ours", ours=OURS)) == 1


async def test_a_correction_is_a_newer_mark_and_both_stay(marking: Grading) -> None:
    assert (await give(marking, mark("final"))).status_code == 201
    worse = FINAL | {"measures": "10"}
    assert problems(await give(marking, mark("final", points=worse), at=LATER)) == [
        ("/body/reason", "sửa điểm thì phải nêu lý do")
    ]
    corrected = mark("final", points=worse, reason="cộng nhầm điểm")
    refused(await give(marking, corrected, at="2021-01-15T07:59:59+07:00"), 409,
            "lần nộp này đã có điểm chấm sau thời điểm này")  # fmt: skip
    assert (await give(marking, corrected, at=LATER)).status_code == 201
    assert (await marking.result()).scores.final == "60.00"
    kept = await marking.rows("SELECT facts ->> 'score' AS score FROM evidence WHERE vendor = :o ORDER BY at", o=OURS)
    assert [row.score for row in kept] == ["80", "60"]
    last = (await marking.rows("SELECT details ->> 'before' AS b FROM audit WHERE action = 'mark.give' ORDER BY id"))[
        -1
    ]
    assert msgspec.json.decode(last.b) == {"score": "80", "scale": "100"}


async def test_the_platforms_later_mark_of_the_same_attempt_counts(marking: Grading) -> None:
    assert (await give(marking, mark("final"))).status_code == 201
    newer = final_mark("p-new", "55", minute=60 * 24 * 30)
    older = final_mark("p-old", "33", minute=70)
    await marking.take(single(newer), "d-2")
    await marking.take(single(older), "d-3")
    assert (await marking.result()).scores.final == "55.00"
    refused(await give(marking, mark("final", reason="chấm lại"), at=LATER), 409,
            "lần nộp này đã có điểm chấm sau thời điểm này")  # fmt: skip
    assert (await give(marking, mark("final", reason="chấm lại"), at="2021-02-01T08:00:00+07:00")).status_code == 201
    assert (await marking.result()).scores.final == "80.00"


async def test_a_mark_after_the_approval_opens_a_review(passing: Grading) -> None:
    await passing.verdict("core_team", ENROLMENT)
    await passing.verdict("institution", ENROLMENT)
    await passing.approve(await passing.draft(ENROLMENT))
    answer = await give(passing, mark("final", reason="phúc khảo"), at=LATER)
    assert answer.status_code == 201, answer.text
    assert (await passing.result()).status == "review"
    approver = passing.token(Role.CORE_TEACHER, person=number(4, kind=8), class_id=CLASS)
    answer = await give(passing, mark("final", reason="phúc khảo"), token=approver, at=LAST)
    refused(answer, 403, "người này đã đánh giá học viên với một vai trò khác")


async def test_no_vendor_can_take_the_name_of_our_source(marking: Grading) -> None:
    assert (await marking.call(marking.officer, "POST", "/sources", {"vendor": OURS})).status_code == 422
    assert OURS not in str(await marking.done(marking.officer, "GET", "/sources"))


async def test_another_province_has_no_such_paper(marking: Grading) -> None:
    foreign = marking.token(Role.CORE_TEACHER, person=CORE, class_id=CLASS, province=number(9, kind=9))
    assert (await give(marking, mark("final"), token=foreign)).status_code == 404
