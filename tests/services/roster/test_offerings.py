"""Offerings that may not be made, for grading could never assess what is enrolled in them; the plan beside the rest."""

from __future__ import annotations

import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.services.roster.conftest import Roster
from tests.services.roster.small_province import OFFERING, enrolled, units

WHOLE: dict[str, Any] = {"document": 1, "questions": 40, "essays": ["a", "b"]}


async def pointers(roster: Roster, body: dict[str, Any]) -> list[str]:
    answer = await roster.call("POST", "/offerings", body)
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("over", "pointer"),
    [
        ({"scheme": {"id": "etep", "version": 1}}, "/body/scheme"),
        ({"scheme": {"id": "etep-managers-2020", "version": 2}}, "/body/scheme"),
        ({"composition": {}}, "/body/composition"),
        ({"composition": {"document": 3, "task": 1}}, "/body/composition"),
        ({"composition": WHOLE | {"essays": ["a", "b", "a"]}}, "/body/composition/essays/2"),
        ({"composition": WHOLE | {"essays": ["b\u00e0i", "ba\u0300i"]}}, "/body/composition/essays/1"),
        ({"composition": WHOLE | {"essays": ["  "]}}, "/body/composition/essays/0"),
        ({"composition": WHOLE | {"video": -1}}, "/body/composition/video"),
        ({"opens_at": "0001-01-01T00:00:00Z"}, "/body/opens_at"),
        ({"closes_at": "9999-12-31T23:59:59Z"}, "/body/closes_at"),
        ({"closes_at": "2020-08-09T23:59:59+07:00"}, "/body/closes_at"),
        ({"closes_at": OFFERING["opens_at"]}, "/body/closes_at"),
        ({"level": "đại học"}, "/body/level"),
    ],
)
async def test_an_offering_that_could_not_be_judged_is_refused_by_the_members_name(
    roster: Roster, over: dict[str, Any], pointer: str
) -> None:
    assert await pointers(roster, OFFERING | over) == [pointer]
    assert await roster.rows("SELECT * FROM offering") == []


async def test_of_several_offerings_all_faults_are_named_with_their_rows_and_none_is_made(roster: Roster) -> None:
    wrong = {"course": "B", "scheme": {"id": "x", "version": 1}, "composition": {}}
    found = await pointers(roster, {"offerings": [OFFERING, OFFERING | wrong]})
    assert found == ["/body/offerings/1/scheme", "/body/offerings/1/composition"]
    assert await roster.rows("SELECT * FROM offering") == []


async def test_what_is_written_decomposed_is_kept_composed(roster: Roster) -> None:
    made = await roster.done("POST", "/offerings", OFFERING | {"composition": WHOLE | {"essays": ["ba\u0300i"]}})
    assert made["composition"]["essays"] == ["b\u00e0i"]


async def test_the_plan_stands_beside_what_there_is_and_the_file_says_the_same(roster: Roster) -> None:
    await units(roster)
    await enrolled(roster, people=4, planned={"learners": 6, "classes": 1})
    await roster.done("POST", "/offerings", OFFERING | {"course": "KHONG-AI", "subject": "Vẽ"})
    listed = (await roster.done("GET", "/offerings"))["items"]
    assert [(one["course"], one["planned"], one["counts"]) for one in listed] == [
        ("GV-TH-TOAN-M1", {"learners": 6, "classes": 1}, {"enrolments": 4, "classes": 1}),
        ("KHONG-AI", {"learners": None, "classes": None}, {"enrolments": 0, "classes": 0}),
    ]
    answer = await roster.call("GET", "/offerings?format=xlsx")
    header, *lines = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert header[5:] == [
        "Người học: kế hoạch", "Lượt học: thực tế", "Chênh lệch", "Lớp: kế hoạch", "Lớp: thực tế", "Chênh lệch",
    ]  # fmt: skip
    assert [[line[0], *line[5:]] for line in lines] == [
        ["GV-TH-TOAN-M1", 6, 4, -2, 1, 1, 0],
        ["KHONG-AI", "", 0, "", "", 0, ""],
        ["Tổng", "", 4, "", "", 1, ""],
    ]
