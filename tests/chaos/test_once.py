"""I11 can fail: a call sent again under its key that had two effects, or none, is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.deeds import Outcome
from tests.chaos.history import History
from tests.chaos.invariants.once import changes
from tests.chaos.told import ACTS, JUDGED, VERDICT, act, written
from tests.chaos.world import AUDIT, CLASS, GRANT, LEARNER, LIST, LIST_ROW, PROVINCE, World
from tests.chaos.world import VERDICT as ANOTHER

ANOTHER_LIST = """
    INSERT INTO recognition_list (province_id, id, title, made_by, made_at) VALUES ($1, $2, $3, 'a', now())
"""


async def test_a_list_that_a_lost_answer_made_twice_breaks_i11(world: World, told: History) -> None:
    await world.sql("grading", ANOTHER_LIST, PROVINCE, GRANT, "t")
    await world.sql("grading", LIST_ROW, PROVINCE, GRANT, LEARNER)
    await world.sql("grading", ANOTHER_LIST, PROVINCE, CLASS, "other")
    assert sorted((await world.broken(told))["I11"]) == [
        f"list 'other' stands 1 times, 0 were acknowledged and 0 had no answer; untold: {CLASS}",
        f"list 't' stands 2 times, 1 were acknowledged and 0 had no answer; untold: {GRANT}",
    ]


async def test_a_list_whose_answer_never_came_may_stand_once_and_no_more(world: World, tmp_path: Path) -> None:
    body = {"title": "t", "enrolment_ids": [LEARNER]}
    told = written(tmp_path, [*ACTS, *(act("k7", "/recognition-lists", body, None, status=0) for _ in range(3))])
    assert "I11" not in await world.broken(told)
    for one, count in ((GRANT, 1), (CLASS, 2)):
        await world.sql("grading", ANOTHER_LIST, PROVINCE, one, "t")
        await world.sql("grading", LIST_ROW, PROVINCE, one, LEARNER)
        assert ("I11" in await world.broken(told)) == (count > 1)


async def test_a_verdict_that_a_lost_answer_gave_twice_breaks_i11(world: World, told: History) -> None:
    await world.sql("grading", ANOTHER, PROVINCE, LEARNER)
    assert (await world.broken(told))["I11"] == [f"core_team gave 2 verdicts on {LEARNER}, its calls make [1]"]


async def test_a_verdict_changed_and_changed_back_stands_three_times(world: World, tmp_path: Path) -> None:
    no = VERDICT | {"verdicts": [{"enrolment_id": LEARNER, "met": False, "reason": "r"}]}
    more = [act("k7", "/verdicts", no, JUDGED), act("k8", "/verdicts", VERDICT, JUDGED)]
    told = written(tmp_path, [*ACTS, *more])
    assert f"core_team gave 1 verdicts on {LEARNER}, its calls make [3]" in (await world.broken(told))["I11"]


async def test_graders_set_twice_by_one_call_break_i11(world: World, told: History) -> None:
    await world.sql("roster", AUDIT, PROVINCE, "class.set_graders", CLASS, "{}")
    assert (await world.broken(told))["I11"] == [f"graders of class {CLASS} were set 2 times, its calls make [1]"]


async def test_a_role_granted_twice_by_one_call_breaks_i11_and_the_founding_one_does_not(
    world: World, told: History
) -> None:
    await world.sql(
        "roster", "INSERT INTO role_grant SELECT province_id, $1, person_id, 'learner', NULL, NULL, NULL, valid_from "
        "FROM role_grant", LIST
    )  # fmt: skip
    await world.sql("roster", AUDIT, PROVINCE, "role_grant.give", LIST, "{}")
    assert await world.broken(told) == {"I11": [f"role grants {LIST} are in roster, 0 had no answer"]}
    await world.sql("roster", "UPDATE audit SET account = 'terminal' WHERE object_id = $1", LIST)
    assert await world.broken(told) == {}


async def test_an_answer_that_was_not_kept_or_is_another_one_breaks_i11(world: World, told: History) -> None:
    await world.sql("grading", "DELETE FROM kept_answer WHERE key = 'k4'")
    await world.sql("grading", "UPDATE kept_answer SET status = 201 WHERE key = 'k1'")
    await world.sql("grading", "UPDATE kept_answer SET key = 'k9' WHERE key = 'k6'")
    found = (await world.broken(told))["I11"]
    assert [sentence.split(" was acknowledged")[0] for sentence in found] == [
        "POST /api/v1/verdicts under k1",
        f"POST /api/v1/recognition-lists/{LIST}/approve under k4",
        f"POST /api/v1/classes/{CLASS}/graders under k6",
        "an answer is kept for k9 of a and nobody sent it",
    ]


async def test_an_answer_kept_for_a_refused_call_breaks_i11(world: World, tmp_path: Path) -> None:
    refused = [one | {"status": 409} if one["key"] == "k6" else one for one in ACTS]
    (sentence, *_) = (await world.broken(written(tmp_path, refused)))["I11"]
    assert sentence.startswith(f"POST /api/v1/classes/{CLASS}/graders under k6 was refused []")


async def test_a_key_answered_in_two_ways_breaks_i11(world: World, tmp_path: Path) -> None:
    told = written(tmp_path, [*ACTS, ACTS[1] | {"answer": {"items": []}}])
    (sentence,) = (await world.broken(told))["I11"]
    assert sentence.startswith("POST /api/v1/verdicts under k1 was answered [")


async def test_an_event_taken_and_refused_in_one_delivery_breaks_i11(world: World, tmp_path: Path) -> None:
    (sentence,) = (await world.broken(written(tmp_path, rejected="conflict")))["I11"]
    assert sentence == "event e1 of delivery w1 was accepted, and rejected when it came again"


@pytest.mark.parametrize(
    ("steps", "counts"),
    [
        ("", [0]),
        ("a+ a+ b+ a+", [3]),
        ("a+ b- a+", [1]),
        ("a?", [0, 1]),
        ("a+ b? a+", [1, 3]),
        ("a? a? a+", [1]),
    ],
)
def test_a_thing_changes_as_often_as_what_was_wanted_differs_from_what_stood(steps: str, counts: list[int]) -> None:
    outcomes: dict[str, Outcome] = {"+": "acknowledged", "-": "refused", "?": "unknown"}
    assert changes([(step[0], outcomes[step[1]]) for step in steps.split()]) == counts
