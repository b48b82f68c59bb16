"""The webhook as the gateway hands it on: the contract's answers, and nothing moves that should not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from shared.identity import Role
from tests.services.grading.conftest import Grading
from tests.services.grading.roster_says import enrolment
from tests.services.grading.vendor import batch, event, single


async def test_the_first_answer_comes_again_as_duplicates(grading: Grading) -> None:
    await grading.hear(enrolment())
    body = batch([event("a"), event("b", account="nobody")])
    first = await grading.deliver(body)
    assert (first.status_code, first.json()) == (200, {"accepted": 1, "duplicates": 0, "parked": 1, "rejected": []})
    again = await grading.deliver(body)
    assert (again.status_code, again.json()) == (200, {"accepted": 0, "duplicates": 2, "parked": 0, "rejected": []})


async def test_a_conflict_names_the_event_and_is_kept(grading: Grading) -> None:
    await grading.deliver(single(event("viettel-7")))
    answer = await grading.deliver(single(event("viettel-7", minute=1)))
    assert (answer.status_code, answer.json()["detail"]) == (409, "viettel-7")
    rows = await grading.rows("SELECT outcome FROM delivery ORDER BY received_at")
    assert rows[1].outcome["rejected"][0]["id"] == "viettel-7"


async def test_a_thousand_calls_with_one_event_are_all_answered_and_count_once(grading: Grading) -> None:
    await grading.hear(enrolment())
    body = single(event("a"))
    answers = await asyncio.gather(*(grading.deliver(body) for _ in range(200)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["accepted"] for answer in answers) == 1
    assert sum(answer.json()["duplicates"] for answer in answers) == 199


@pytest.mark.parametrize("vendor", ["vnpt", "viettel-2", "VIETTEL"])
async def test_a_vendor_no_province_has_registered_is_turned_away(grading: Grading, vendor: str) -> None:
    before = await grading.everything()
    assert (await grading.deliver(single(event("a")), vendor_name=vendor)).status_code == 401
    assert await grading.everything() == before
    assert await grading.count("delivery") == 0


async def test_only_the_vendor_s_own_token_delivers(grading: Grading) -> None:
    for token in (grading.officer, grading.leader, grading.token(Role.OPERATOR), grading.token(Role.VENDOR)):
        answer = await grading.http.post(
            "/internal/deliveries/viettel", content=single(event("a")), headers={"authorization": f"Bearer {token}"}
        )
        assert answer.status_code in (401, 403)
    assert await grading.count("evidence") == 0


BAD: list[dict[str, Any]] = [
    {"type": None},
    {"id": ""},
    {"id": "a\x00b"},
    {"id": "x" * 201},
    {"type": "final.deleted"},
    {"type": 5},
    {"timestamp": None},
    {"timestamp": "2020-12-28T09:15:02"},
    {"timestamp": "2999-01-01T00:00:00Z"},
    {"timestamp": "1999-12-31T23:59:59Z"},
    {"timestamp": "0001-01-01T00:00:00+14:00"},
    {"timestamp": 1609121702},
    {"timestamp": "yesterday"},
    {"learner": None},
    {"learner": []},
    {"learner": {}},
    {"learner": {"account": "a\x00b"}},
    {"learner": {"account": 5}},
    {"learner": {"enrolment_id": 5}},
    {"course": None},
    {"course": "  "},
    {"type": "final.graded", "data": {"attempt": 1, "score": "101", "scale": "100"}},
    {"type": "final.graded", "data": {"attempt": 1, "score": "-1", "scale": "100"}},
    {"type": "final.graded", "data": {"attempt": 1, "score": "9,5", "scale": "10"}},
    {"type": "final.graded", "data": {"attempt": 1, "score": "NaN", "scale": "10"}},
    {"type": "final.graded", "data": {"attempt": 1, "score": "Infinity", "scale": "10"}},
    {"type": "final.graded", "data": {"attempt": 1, "score": "1e400", "scale": "10"}},
    {"type": "final.graded", "data": {"attempt": 1, "score": 10**30, "scale": 10**31}},
    {"type": "final.graded", "data": {"attempt": 1, "score": None, "scale": "10"}},
    {"type": "final.graded", "data": {"attempt": 0, "score": "1", "scale": "10"}},
    {"type": "final.graded", "data": {"attempt": True, "score": "1", "scale": "10"}},
    {"type": "final.graded", "data": {"attempt": 1, "score": "0", "scale": "0"}},
    {"type": "quiz.submitted", "data": {"attempt": 1, "questions": 40, "correct": 41}},
    {"type": "material.completed", "data": {"material": "a\x00b", "kind": "video", "of": 1}},
    {"type": "material.completed", "data": {"material": "a", "kind": "game", "of": 1}},
    {"type": "material.completed", "data": {"material": "a", "kind": [], "of": 1}},
    {"type": "survey.completed", "data": {"answers": {"content": 6, "organisation": 1, "staff": 1}}},
    {"type": "profile.confirmed", "data": {"correct": "true"}},
    {"type": "task.completed", "data": "t-1"},
]


@pytest.mark.parametrize("change", BAD, ids=lambda change: json.dumps(change)[:60])
async def test_a_bad_event_is_a_rejected_row_without_effect_and_the_others_go_on(
    passing: Grading, change: dict[str, Any]
) -> None:
    before = await passing.everything()
    bad = event("bad", "final.submitted", {"attempt": 5}, minute=99) | change
    alone = await passing.deliver(batch([bad]))
    assert alone.status_code == 200
    assert (alone.json()["accepted"], len(alone.json()["rejected"])) == (0, 1)
    await passing.assess()
    assert await passing.everything() == before
    beside = await passing.deliver(batch([event("good-1", minute=-5), bad, event("good-2", account="nobody")]))
    assert (beside.json()["accepted"], beside.json()["parked"], len(beside.json()["rejected"])) == (1, 1, 1)
    # A reason names the field, never the value.
    assert "9,5" not in beside.text
    assert "game" not in beside.text
