"""The report line of one learner: the units, the dated figures, the stages; within reach alone."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.identity import Grant, Role
from tests.services.reporting.conftest import Ask
from tests.services.reporting.said import PROVINCE, days, uid
from tests.services.reporting.use_cases.test_reports import D1, A, B, C, province, say

LINE = f"/api/v1/evidence/{uid(3, 1)}"


async def test_a_line_says_where_and_when_she_counts(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    line = (await ask(LINE)).json()
    assert (line["person_id"], line["course"]) == (str(uid(2, 1)), "C1")
    assert [unit["id"] for unit in line["counted_in"]["then"]] == [str(PROVINCE), str(D1), str(A)]
    assert [(one["figure"], one["at"][:10], one["delta"]) for one in line["figures"]] == [
        ("enrolments", "2020-08-01", 1),
        ("studying", "2020-08-02", 1),
        ("graded", "2020-08-03", 1),
        ("certified", "2020-08-31", 1),
    ]
    assert [(one["stage"], one["until"] is None, one["owner"]) for one in line["stages"]] == [
        ("not_logged_in", False, "school_head"),
        ("awaiting_marks", False, "core_teacher"),
        ("lms_refused", False, "school_head"),
        ("certified", True, None),
    ]
    assert [one["state"] for one in line["certificates"]] == ["valid"]
    assert line["certificates"][0]["issued_at"] == days(30).isoformat().replace("+00:00", "Z")


async def test_a_foreign_line_is_not_there_and_a_merger_moves_it(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    third = f"/api/v1/evidence/{uid(3, 3)}"
    assert (await ask(third, grants=[Grant(role=Role.SCHOOL_HEAD, unit_id=B)])).status_code == 200
    successor = [Grant(role=Role.SCHOOL_HEAD, unit_id=C)]
    assert (await ask(third, grants=successor)).status_code == 404
    after = await ask(third, grants=successor, now=datetime(2021, 8, 1, tzinfo=UTC))
    assert after.json()["counted_in"]["today"][-1]["id"] == str(C)
    assert (await ask(LINE, grants=[Grant(role=Role.SCHOOL_HEAD, unit_id=C)])).status_code == 404
    assert (await ask(LINE, province_id=uid(7, 7))).status_code == 404
    assert (await ask(f"/api/v1/evidence/{uid(3, 99)}")).status_code == 404
    assert (await ask(LINE, grants=[Grant(role=Role.VENDOR)])).status_code == 403


async def test_her_class_her_audience_and_she_herself_follow_her_line(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    line = (await ask(LINE)).json()
    klass, audience = UUID(line["class_id"]), line["audience"]
    others = "managers" if audience == "teachers" else "teachers"
    for grant, status in (
        (Grant(role=Role.CORE_TEACHER, class_id=klass), 200),
        (Grant(role=Role.CORE_TEACHER, class_id=uid(5, 99)), 404),
        (Grant(role=Role.INSTITUTION_LECTURER, audience=audience), 200),
        (Grant(role=Role.INSTITUTION_LECTURER, audience=others), 404),
    ):
        assert (await ask(LINE, grants=[grant])).status_code == status
    herself = [Grant(role=Role.LEARNER)]
    assert (await ask(LINE, grants=herself, person_id=UUID(line["person_id"]))).json() == line
    assert (await ask(LINE, grants=herself, person_id=uid(2, 99))).status_code == 404
