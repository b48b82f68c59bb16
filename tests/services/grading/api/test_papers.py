"""Papers that wait for a mark: who holds how many, the papers themselves, and who may see them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.roster import Grader
from shared.identity import Role
from tests.services.grading.conftest import Grading
from tests.services.grading.roster_says import (
    AUDIENCE,
    CLASS,
    GRADER_PERSON,
    OTHER_CLASS,
    OTHER_UNIT,
    PERSON,
    UNIT,
    enrolment,
)
from tests.services.grading.vendor import GRADER, START, batch, event
from tests.support.states import PROVINCE, number

OTHER_GRADER = Grader(person_id=number(9, kind=5), account="cc.09@longan.edu.vn")
LATER = (START + timedelta(days=10, hours=20)).isoformat()  # a day past midnight in Vietnam


def handed_in(account: str, *papers: tuple[str, int]) -> list[dict[str, Any]]:
    return [
        event(
            f"{account}-{paper}-{minute}",
            "final.submitted" if paper == "final" else "essay.submitted",
            {"attempt": 1} | ({} if paper == "final" else {"essay": paper}),
            account=account,
            minute=minute,
        )
        for paper, minute in papers
    ]


@pytest.fixture
async def marking(grading: Grading) -> Grading:
    """Three papers of two learners in the first class, two in a second of another grader, one in a third of nobody."""
    orphan = number(3, kind=3)
    await grading.hear(
        enrolment(1, ["a1@x.vn"]),
        enrolment(2, ["a2@x.vn"]),
        enrolment(3, ["a3@x.vn"], class_id=OTHER_CLASS, class_code="M1-02", graders=[OTHER_GRADER],
                  unit_id=OTHER_UNIT, unit_path=[PROVINCE, OTHER_UNIT]),
        enrolment(4, ["a4@x.vn"], class_id=orphan, class_code="M1-03", graders=[]),
    )  # fmt: skip
    events = [
        *handed_in("a1@x.vn", ("e1", 10), ("final", 50)),
        *handed_in("a2@x.vn", ("e2", 5)),
        *handed_in("a3@x.vn", ("e1", 1), ("e3", 2)),
        *handed_in("a4@x.vn", ("final", 3)),
    ]
    await grading.take(batch(events))
    await grading.assess()
    return grading


async def test_the_board_names_who_holds_the_most_first(marking: Grading) -> None:
    headers = {"x-with-server-date": LATER}
    found = await marking.done(marking.officer, "GET", "/grader-board", headers=headers)
    assert found["total"] == 3
    first, second, nobody = found["items"]
    assert first["grader"] == {"person_id": str(GRADER_PERSON), "account": GRADER}
    assert {name: first[name] for name in ("papers", "essays", "finals", "learners", "waiting_days")} == {
        "papers": 3, "essays": 2, "finals": 1, "learners": 2, "waiting_days": 11,
    }  # fmt: skip
    assert first["oldest_at"] == "2020-12-24T01:05:00Z"
    assert [(one["code"], one["papers"], one["graders"]) for one in first["classes"]] == [("M1-01", 3, [GRADER])]
    assert (second["grader"]["account"], second["papers"]) == (OTHER_GRADER.account, 2)
    assert (nobody["grader"], nobody["papers"], nobody["finals"]) == (None, 1, 1)


async def test_a_mark_takes_a_paper_off_and_a_new_grader_takes_them_over(marking: Grading) -> None:
    data = {"essay": "e1", "attempt": 1, "score": "7", "scale": "10", "grader": GRADER}
    await marking.take(batch([event("m1", "essay.graded", data, account="a1@x.vn", minute=99)]), "d-2")
    changed = [enrolment(n, [f"a{n}@x.vn"], graders=[OTHER_GRADER]) for n in (1, 2)]
    await marking.hear(*changed)
    await marking.assess()
    items = (await marking.done(marking.officer, "GET", "/grader-board"))["items"]
    assert [(one["grader"] and one["grader"]["account"], one["papers"]) for one in items] == [
        (OTHER_GRADER.account, 4),
        (None, 1),
    ]


async def everything(marking: Grading, token: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await marking.done(token, "GET", f"/grader-board/papers?limit=2{query}{cursor}")
        found += page["items"]
        if page["next"] is None:
            assert len(found) == page["total"]
            return found
        cursor = f"&cursor={page['next']}"


async def test_a_core_teacher_has_the_papers_of_her_classes_longest_waiting_first(marking: Grading) -> None:
    own = await everything(marking, marking.core)
    assert [(one["paper"], one["since"][14:16], one["class_code"]) for one in own] == [
        ("essay:e2", "05", "M1-01"),
        ("essay:e1", "10", "M1-01"),
        ("final", "50", "M1-01"),
    ]
    assert (own[0]["name"], own[0]["attempt"], own[0]["graders"]) == ("Trần Thị Bưởi", 1, [GRADER])
    everyone = await everything(marking, marking.officer)
    assert [one["paper"] for one in everyone] == ["essay:e1", "essay:e3", "final", "essay:e2", "essay:e1", "final"]
    assert len(await everything(marking, marking.officer, f"&unit={OTHER_UNIT}")) == 2
    assert len(await everything(marking, marking.officer, f"&class={CLASS}")) == 3
    assert await everything(marking, marking.officer, "&course=none") == []


async def test_scope_is_that_of_the_learners(marking: Grading) -> None:
    for token, papers in (
        (marking.token(Role.SCHOOL_HEAD, unit_id=UNIT), 4),
        (marking.token(Role.DISTRICT_OFFICER, unit_id=OTHER_UNIT), 2),
        (marking.token(Role.CORE_TEACHER, class_id=OTHER_CLASS), 2),
        (marking.token(Role.CORE_TEACHER, class_id=UUID(int=77)), 0),
        (marking.token(Role.INSTITUTION_LECTURER, audience=AUDIENCE), 6),
        (marking.token(Role.AUDITOR), 6),
        (marking.token(Role.PROVINCE_OFFICER, province=UUID(int=5)), 0),
    ):
        assert (await marking.done(token, "GET", "/grader-board/papers"))["total"] == papers
        board = await marking.done(token, "GET", "/grader-board")
        assert sum(one["papers"] for one in board["items"]) == papers
    for role in (Role.LEARNER, Role.VENDOR, Role.OPERATOR):
        for path in ("/grader-board", "/grader-board/papers"):
            assert (await marking.call(marking.token(role, person=PERSON), "GET", path)).status_code == 403


async def test_the_files_have_the_numbers_of_the_lists(marking: Grading) -> None:
    answer = await marking.call(marking.officer, "GET", "/grader-board?format=csv")
    _, *lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(line[0], line[1], line[3]) for line in lines] == [
        (GRADER, "3", "1"),
        (OTHER_GRADER.account, "2", "0"),
        ("", "1", "1"),
    ]
    answer = await marking.call(marking.officer, "GET", "/grader-board/papers?format=csv&limit=1")
    assert len(list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))) == 7
    assert (await marking.call(marking.officer, "GET", "/grader-board?format=xlsx")).content.startswith(b"PK")


async def test_her_own_result_says_until_when_and_which_papers_wait(marking: Grading) -> None:
    """A learner who marks a class too: the results within reach are narrowed to her own."""
    token = marking.token(Role.LEARNER, person=number(1, kind=2))
    (own,) = (await marking.done(token, "GET", f"/results?person={number(1, kind=2)}"))["items"]
    assert own["closes_at"] == "2021-01-08T16:59:59Z"
    assert own["title"] == "Mô đun 1"
    assert [one["paper"] for one in own["unmarked"]] == ["essay:e1", "final"]
    assert (await marking.done(token, "GET", f"/results?person={number(2, kind=2)}"))["total"] == 0
    assert (await marking.done(marking.officer, "GET", f"/results?person={number(2, kind=2)}"))["total"] == 1
