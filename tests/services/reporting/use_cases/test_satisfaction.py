"""The report `satisfaction`: exact numbers, the target, what too few answers hide, the same numbers in the file."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.events.envelope import State
from tests.services.reporting.conftest import Ask
from tests.services.reporting.said import days, enrolment, result, uid
from tests.services.reporting.use_cases.test_reports import D1, D2, PATHS, UNITS, A, C, T, child, say

SATISFACTION = "/api/v1/reports/satisfaction"


def province() -> list[State]:
    """Ten in A (eight answered, six content), seven in C (six answered, five content), two in T (one answered)."""
    states: list[State] = [*UNITS]
    answers = {
        A: [(5, 4, 3), (5, 5, 5), (4, 4, 4), (4, 3, 3), (5, 5, 1), (4, 4, 2), (3, 3, 3), (1, 1, 1), None, None],
        C: [(5, 5, 5)] * 5 + [(2, 2, 2)] + [None],
        T: [(1, 5, 5), None],
    }
    number = 0
    for school, given in answers.items():
        for one in given:
            number += 1
            states.append(enrolment(number, PATHS[school], offering=2 if school == T else 1))
            states.append(result(number, PATHS[school], [], answers=one))
    return states


async def test_a_small_province_is_exactly_so_satisfied(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    answer = await ask(SATISFACTION)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["figures"] == {"enrolments": 19, "answered": 15, "satisfied": 12}
    assert document["rates"]["satisfied"] == {
        "numerator": 12, "denominator": 15, "counts": "answers", "percent": "80.0",
    }  # fmt: skip
    assert (document["reached"], document["hidden"]) == (True, False)
    questions = {one["question"]: one for one in document["questions"]}
    assert questions["content"]["levels"] == [2, 1, 1, 3, 8]
    assert questions["staff"]["levels"] == [2, 2, 3, 1, 7]
    assert questions["staff"]["satisfied"]["percent"] == "53.3"
    # Exactly three quarters are not over them: six of eight.
    north = child(document, D1)
    assert (north["figures"]["satisfied"], north["rates"]["satisfied"]["percent"]) == (6, "75.0")
    assert north["reached"] is False


async def test_too_few_answers_tell_nothing_nor_do_those_from_which_they_could_be_reckoned(
    worker: AsyncEngine, ask: Ask
) -> None:
    await say(worker, province())
    document = (await ask(SATISFACTION)).json()
    alone, next_smallest = child(document, T), child(document, D2)
    for hidden in (alone, next_smallest):
        assert (hidden["hidden"], hidden["reached"], hidden["questions"]) == (True, None, [])
        assert (hidden["figures"]["satisfied"], hidden["rates"]["satisfied"]) == (None, None)
    assert alone["figures"]["answered"] == 1
    assert [one["hidden"] for one in document["by_subject"]] == [True, True]
    own = (await ask(SATISFACTION, unit="80.T")).json()
    assert (own["hidden"], own["direct"]["hidden"], own["questions"]) == (True, True, [])
    assert (await ask(SATISFACTION, unit="80.01")).json()["hidden"] is False


@pytest.mark.parametrize("report", ["progress", "timeline", "coverage"])
async def test_no_other_report_tells_what_was_answered(worker: AsyncEngine, ask: Ask, report: str) -> None:
    await say(worker, province())
    told = [(await ask(f"/api/v1/reports/{report}", unit="80.T", format=kind)).text for kind in ("json", "csv")]
    assert "80.T" in told[0]
    assert not any(word in text.lower() for text in told for word in ("satisfied", "hài lòng", "answer", "phiếu"))


async def test_answers_count_from_when_they_were_given(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    before = (await ask(SATISFACTION, as_of=days(19.9).isoformat())).json()
    assert before["figures"] == {"enrolments": 19, "answered": 0, "satisfied": 0}
    assert (before["reached"], before["rates"]["satisfied"]["percent"]) == (None, None)
    assert (await ask(SATISFACTION, as_of=days(20).isoformat())).json()["figures"]["answered"] == 15
    assert (await ask(SATISFACTION, province_id=uid(7, 7))).status_code == 404


async def test_the_file_has_the_numbers_of_the_document(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    document = (await ask(SATISFACTION)).json()
    answer = await ask(SATISFACTION, format="csv")
    _, *lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    levels = [str(level) for question in document["questions"] for level in question["levels"]]
    assert lines[0][8:] == ["19", "15", "12", "80.0", "có", *levels]
    assert [line[10:] for line in lines if line[1] == "80.T"] == [[""] * 18]
    assert (await ask(SATISFACTION, format="xlsx")).content.startswith(b"PK")
