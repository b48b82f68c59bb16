"""The report `coverage` and the list behind it: every enrolment in one stage, its owner, the same numbers in both."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.events.envelope import State, Step
from shared.identity import Grant, Role
from tests.services.reporting.conftest import Ask
from tests.services.reporting.said import PROVINCE, certificate, days, enrolment, person, result, uid
from tests.services.reporting.use_cases.test_reports import D1, D2, PATHS, UNITS, A, B, C, T, child, say

COVERAGE = "/api/v1/reports/coverage"
LIST = f"{COVERAGE}/enrolments"
LMS = [("logged_in", days(1), 1), ("studying", days(2), 1), ("submitted", days(5), 1), ("graded", days(6), 1)]
OWED = [("missing", days(0), 1)]


def province() -> list[State]:
    """Nine enrolments on the way, one withdrawn on the tenth day."""
    refusal = [Step(what="core_team:refused", effective_at=days(8), recorded_at=days(8))]
    done = [*LMS, ("lms_met", days(6), 1)]
    judged = [("core_team_met", days(7), 1), ("institution_met", days(8), 1), ("approved", days(9), 1)]
    return [
        *UNITS,
        enrolment(1, PATHS[A], account_since=None),
        enrolment(2, PATHS[A]),
        result(2, PATHS[A], OWED[:0]),
        enrolment(3, PATHS[B], class_number=2),
        result(3, PATHS[B], [*OWED, ("studying", days(3), 1)]),
        enrolment(4, PATHS[D1], offering=2),
        result(4, PATHS[D1], done),
        enrolment(5, PATHS[C]),
        msgspec.structs.replace(result(5, PATHS[C], done), steps=refusal),
        enrolment(6, PATHS[C], person_id=uid(2, 66)),
        person(uid(2, 66), uid(2, 67)),
        result(6, PATHS[C], [*done, *judged]),
        certificate(1, 6, days(30)),
        enrolment(7, PATHS[T], withdrawn_at=days(10)),
        enrolment(8, PATHS[T], offering=2),
        result(8, PATHS[T], [*LMS[:3]]),
        enrolment(9, PATHS[T], class_number=2, account_since=days(50)),
    ]  # fmt: skip


def counted(node: dict[str, Any]) -> dict[str, int]:
    return {stage: number for stage, number in node["figures"].items() if number and stage != "enrolments"}


async def test_a_small_province_stands_exactly_so(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    answer = await ask(COVERAGE)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["figures"]["enrolments"] == 8
    assert counted(document) == {
        "no_account": 1, "not_logged_in": 2, "studying": 1, "awaiting_marks": 1, "awaiting_core_team": 1,
        "core_team_refused": 1, "certified": 1,
    }  # fmt: skip
    assert document["owners"] == {
        "vendor": 1, "school_head": 4, "core_teacher": 2, "institution_lecturer": 0, "province_officer": 0,
    }  # fmt: skip
    assert counted(child(document, D1)) == {"no_account": 1, "not_logged_in": 1, "studying": 1, "awaiting_core_team": 1}
    assert counted(child(document, D2)) == {"core_team_refused": 1, "certified": 1}
    assert [(one["course"], counted(one)) for one in document["by_subject"]][1] == (
        "C2",
        {"awaiting_marks": 1, "awaiting_core_team": 1},
    )
    stages = {one["name"]: one for one in document["stages"]}
    assert (stages["no_account"]["holder"], stages["no_account"]["owner"]) == ("vendor", "vendor")
    assert (await ask(COVERAGE, unit="80.01")).json()["direct"]["figures"]["awaiting_core_team"] == 1


async def test_as_of_tells_the_stage_of_then(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())

    async def stood(day: float, **query: str) -> dict[str, int]:
        return counted((await ask(COVERAGE, as_of=days(day).isoformat(), **query)).json())

    assert await stood(-1) == {}
    assert await stood(0) == {"no_account": 2, "not_logged_in": 6, "not_begun": 1}
    assert await stood(9.5, unit="80.02") == {"core_team_refused": 1, "awaiting_certificate": 1}
    assert await stood(9.99, unit="80.T") == {"no_account": 1, "not_logged_in": 1, "awaiting_marks": 1}
    assert sum((await stood(9.99)).values()) == 9
    assert sum((await stood(10)).values()) == 8
    assert await stood(51, unit="80.T") == {"awaiting_marks": 1, "not_logged_in": 1}


async def test_parts_add_up_to_the_enrolments_of_progress_at_any_instant(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    for query in ({}, {"unit": "80.01"}, {"offering": "C2"}, {"structure": "today", "unit": "80.02"}):
        for day in (0.5, 6, 8, 10, 35, 60):
            asked = query | {"as_of": days(day).isoformat()}
            document, progress = (await ask(COVERAGE, **asked)).json(), (await ask(**asked)).json()
            figures = document["figures"]
            assert figures["enrolments"] == progress["figures"]["enrolments"]
            for stage, number in figures.items():
                parts = [*document["children"], document["direct"]]
                assert number == sum(one["figures"][stage] for one in parts)
                assert number == sum(one["figures"][stage] for one in document["by_subject"])


async def everyone(ask: Ask, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ask(LIST, limit="2", **query, **cursor)).json()
        found += page["items"]
        if page["next"] is None:
            assert len(found) == page["total"]
            return found
        cursor = {"cursor": page["next"]}


async def test_the_list_names_as_many_as_are_counted_with_stage_owner_and_since(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    for query in ({}, {"unit": "80.02"}, {"offering": "C2"}, {"as_of": days(7.5).isoformat()}):
        document = (await ask(COVERAGE, **query)).json()
        items = await everyone(ask, **query)
        assert Counter(one["stage"] for one in items) == counted(document)
        assert Counter(one["owner"] for one in items if one["owner"]) == {
            owner: number for owner, number in document["owners"].items() if number
        }
    named = {one["enrolment_id"]: one for one in await everyone(ask)}
    fifth, sixth = named[str(uid(3, 5))], named[str(uid(3, 6))]
    assert (fifth["stage"], fifth["holder"], fifth["owner"]) == ("core_team_refused", "learner", "school_head")
    assert fifth["since"] == days(8).isoformat().replace("+00:00", "Z")
    assert (sixth["stage"], sixth["owner"], sixth["person_id"]) == ("certified", None, str(uid(2, 67)))


async def test_the_list_is_narrowed_by_stage_owner_and_class(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())

    async def numbers(**query: str) -> list[int]:
        return [int(one["enrolment_id"][-4:], 16) for one in await everyone(ask, **query)]

    assert await numbers(stage="not_logged_in") == [2, 9]
    assert await numbers(owner="vendor") == [1]
    assert await numbers(owner="core_teacher") == [4, 8]
    assert await numbers(owner="core_teacher", stage="awaiting_marks") == [8]
    assert await numbers(owner="vendor", stage="awaiting_marks") == []
    assert await numbers(**{"class": str(uid(5, 2))}) == [3, 9]
    for wrong in ({"stage": "asleep"}, {"owner": "nobody"}, {"limit": "501"}, {"class": "x"}):
        assert (await ask(LIST, **wrong)).status_code == 422


async def test_scope_of_report_and_list_is_the_same(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    head = [Grant(role=Role.SCHOOL_HEAD, unit_id=A)]
    assert counted((await ask(COVERAGE, grants=head)).json()) == {"no_account": 1, "not_logged_in": 1}
    assert (await ask(LIST, grants=head)).json()["total"] == 2
    for path in (COVERAGE, LIST):
        for foreign in (str(C), "80.01", str(PROVINCE)):
            assert (await ask(path, grants=head, unit=foreign)).status_code == 404
        for role in (Role.LEARNER, Role.CORE_TEACHER, Role.VENDOR, Role.OPERATOR):
            assert (await ask(path, grants=[Grant(role=role)])).status_code == 403
        assert (await ask(path, province_id=uid(7, 7), unit=str(PROVINCE))).status_code == 404
    assert (await ask(COVERAGE, province_id=uid(7, 7))).status_code == 404
    assert (await ask(LIST, province_id=uid(7, 7))).json() == {"items": [], "next": None, "total": 0}


async def test_the_file_has_the_numbers_of_the_document(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    document = (await ask(COVERAGE)).json()
    answer = await ask(COVERAGE, format="csv")
    header, *lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(lines) == 2 + len(document["children"]) + len(document["by_subject"])
    expected = [*document["figures"].values(), *document["owners"].values()]
    assert lines[0][8:] == [str(number) for number in expected]
    assert header[8:9] == ["Lượt đăng ký học, không kể đã rút"]


@pytest.mark.parametrize("first", [True, False])
async def test_a_stage_follows_whatever_comes_first(worker: AsyncEngine, ask: Ask, first: bool) -> None:
    enrolled, studied = enrolment(1, PATHS[A]), result(1, PATHS[A], [*OWED, ("studying", days(3), 1)])
    await say(worker, UNITS)
    for state in (enrolled, studied) if first else (studied, enrolled):
        await say(worker, [state])
    assert counted((await ask(COVERAGE)).json()) == {"studying": 1}
