"""The checker can fail: a sound world passes, and each wrong history, database or log is named.

Of I5 and I9 to I12 the tests are in files of their own. The world (world.py) is written into the services' real
tables, so that the questions asked of them are tried too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.chaos import schedule
from tests.chaos.faults import VICTIMS
from tests.chaos.history import Call, History, Window
from tests.chaos.invariants.order import reordered
from tests.chaos.recorder import SeenWatcher
from tests.chaos.told import NOON
from tests.chaos.world import (
    CERTIFICATE,
    CLASS,
    EVIDENCE,
    FIRST,
    GRANT,
    LEARNER,
    LIST,
    PROVINCE,
    SAID,
    SEEN,
    VERDICT,
    World,
    logged,
    sound_log,
)


async def test_a_sound_world_breaks_no_invariant(world: World, told: History) -> None:
    assert await world.broken(told) == {}
    assert (told.count("acknowledged"), told.count("unknown")) == (7, 2)


@pytest.mark.parametrize(
    ("service", "spoiled", "named"),
    [
        ("grading", "DELETE FROM evidence", "event e1 was acknowledged and is not in grading"),
        ("grading", "DELETE FROM verdict", f"the verdict of core_team on {LEARNER} was acknowledged"),
        ("grading", "UPDATE verdict SET met = false, reason = 'r'", f"the verdict of core_team on {LEARNER} was ack"),
        ("grading", "DELETE FROM recognition_list", f"list {LIST} was acknowledged and is not"),
        ("grading", "UPDATE recognition_list SET approved_at = NULL", f"the approval of list {LIST} was acknowledged"),
        ("roster", "DELETE FROM role_grant", f"role grant {GRANT} was acknowledged and is not in roster"),
        ("roster", "UPDATE class_grader SET account = 'b'", f"class {CLASS} has graders ('b',)"),
    ],
)
async def test_an_acknowledged_write_that_is_gone_breaks_i1(
    world: World, told: History, service: str, spoiled: str, named: str
) -> None:
    await world.sql(service, spoiled)
    assert any(sentence.startswith(named) for sentence in (await world.broken(told))["I1"])


@pytest.mark.parametrize("version", [FIRST, FIRST + 2], ids=["behind", "ahead"])
async def test_a_consumer_that_saw_less_or_more_than_was_said_breaks_i2(
    world: World, told: History, version: int
) -> None:
    await world.sql("reporting", "UPDATE version_seen SET version = $1 WHERE aggregate_type = 'result'", version)
    (sentence,) = (await world.broken(told))["I2"]
    assert sentence == (
        f"result {LEARNER}: grading is at 1.2, reporting has seen {'1.1' if version == FIRST else '1.3'}"
    )


async def test_a_version_that_the_newest_log_lacks_breaks_i2(world: World, told: History) -> None:
    again = [one for service, kind in SAID.items() for one in logged(1, service=service, kind=kind, log="b")]
    assert await world.broken(told, log=sound_log() + again) == {}
    without = [one for one in again if one.key[0] != "result"]
    assert (await world.broken(told, log=sound_log() + without))["I2"] == [
        f"result {LEARNER} is at 1.2, the log has nothing"
    ]
    assert (await world.broken(told, log=[]))["I2"] == ["nothing was read of any log"]


async def test_a_change_without_its_event_breaks_i3(world: World, told: History) -> None:
    await world.sql("grading", "DELETE FROM outbox WHERE version = $1", FIRST)
    (sentence,) = (await world.broken(told))["I3"]
    assert sentence == f"grading's result {LEARNER} is at 1.2, its outbox has ['1.2']"


async def test_a_version_that_fell_in_the_log_breaks_i3(world: World, told: History) -> None:
    (sentence,) = (await world.broken(told, log=logged(0, 2, 1)))["I3"]
    assert sentence == f"grading.events: result {LEARNER} came to 1.2 after 1.3: … 1.1 1.3 1.2 …"


def test_repeats_and_what_is_said_again_after_a_loss_are_no_fault() -> None:
    assert reordered(logged(0, 1, 0, 1, 2)) == []
    assert reordered([*logged(0, 1, 2), *logged(1, 2, log="b")]) == []
    assert reordered([*logged(0, 1), *logged(3, 1, 2, 3, log="b")]) == []
    assert len(reordered([*logged(0, 1), *logged(3, 1, 2, 3, log="b")], after_loss=True)) == 2


def test_a_version_that_fell_is_named_with_and_without_a_loss() -> None:
    assert len(reordered(logged(3, 1, 2, 3))) == 2
    assert len(reordered([*logged(0, 1), *logged(3, 2, log="b")])) == 1


async def test_a_version_seen_that_fell_breaks_i3(world: World, told: History) -> None:
    watcher = SeenWatcher({"reporting": ""})
    watcher.compare("reporting", {("result", LEARNER): FIRST + 1})
    watcher.compare("reporting", {("result", LEARNER): FIRST})
    (sentence,) = (await world.broken(told, fallen=watcher.fallen))["I3"]
    assert sentence.startswith(f"reporting had seen result {LEARNER} at {FIRST + 1}, then {FIRST}")


async def test_an_effect_doubled_or_invented_breaks_i4(world: World, told: History) -> None:
    await world.sql("grading", VERDICT, PROVINCE, LEARNER)
    await world.sql("grading", EVIDENCE, PROVINCE, "e2")
    assert (await world.broken(told, otherwise=["x total: '1', want '2'"]))["I4"] == [
        "event e2 is in grading and nobody sent it",
        f"the verdict of core_team on {LEARNER} stands 2 times",
        "computed otherwise: x total: '1', want '2'",
    ]


async def test_a_register_with_a_gap_or_two_papers_of_one_decision_breaks_i6(world: World, told: History) -> None:
    await world.sql("certificates", CERTIFICATE, PROVINCE, LEARNER, LIST, 3, "revoked")
    await world.sql("certificates", "UPDATE register SET last_number = 3")
    assert (await world.broken(told))["I6"] == [
        f"enrolment {LEARNER} has 2 certificates of one list",
        "register I 2020 ends at 3 and holds 2: [1, 3]",
    ]


async def test_whatever_is_left_to_do_breaks_i7(world: World, told: History) -> None:
    await world.sql("roster", "UPDATE outbox SET published_at = NULL WHERE version = $1", FIRST)
    await world.sql(
        "grading", "INSERT INTO pending (province_id, enrolment_id, since) VALUES ($1, $1, now())", PROVINCE
    )
    await world.sql("certificates", "UPDATE certificate SET paper = NULL")
    assert (await world.broken(told))["I7"] == [
        "roster has 1 unpublished events",
        "1 left of grading: marks to assess",
        "1 left of certificates: papers to draw",
    ]


async def test_poison_is_left_out_of_i2_and_i3_and_nothing_else_is(world: World, told: History) -> None:
    poisoned = replace(logged(2, 1)[0], key=("result", GRANT))
    await world.sql("reporting", SEEN, PROVINCE, "result", GRANT, FIRST)
    assert "I2" in await world.broken(told)
    assert await world.broken(told, poison={GRANT}, log=[*sound_log(), poisoned]) == {}
    await world.sql("reporting", "UPDATE version_seen SET version = $1 WHERE aggregate_id = $2", FIRST, LEARNER)
    assert "I2" in await world.broken(told, poison={GRANT})


async def test_a_5xx_while_nothing_was_down_breaks_i8(world: World, told: History) -> None:
    told.calls.append(Call(NOON, "GET /x", 503, problem=True))
    (sentence,) = (await world.broken(told))["I8"]
    assert sentence == "GET /x at 12:00:00 was answered 503 while nothing it needs was down"
    told.down.append(Window("F-13", NOON, NOON + timedelta(seconds=2)))
    assert await world.broken(told) == {}
    told.calls.append(Call(NOON, "GET /y", 503, problem=False))
    (sentence,) = (await world.broken(told))["I8"]
    assert sentence == "GET /y at 12:00:00 was answered 503 without a problem body"


async def test_only_a_write_may_be_told_to_come_again_while_a_consumer_stands_still(
    world: World, told: History
) -> None:
    told.frozen.append(Window("F-11", NOON, NOON + timedelta(seconds=20)))
    told.calls.append(Call(NOON, "POST /x", 503, problem=True))
    assert await world.broken(told) == {}
    told.calls.append(Call(NOON, "GET /x", 503, problem=True))
    told.calls.append(Call(NOON, "POST /y", 500, problem=True))
    assert len((await world.broken(told))["I8"]) == 2


def test_a_seed_is_a_schedule_and_another_seed_another_one() -> None:
    plans = [schedule.plan(seed, 60, VICTIMS) for seed in range(20)]
    assert plans[3] == schedule.plan(3, 60, VICTIMS)
    assert len({tuple(plan) for plan in plans}) == 20
    assert {fault.fault for plan in plans for fault in plan} == set(VICTIMS)
    for plan in plans:
        assert plan
        assert all(one.victim in VICTIMS[one.fault] and one.at_s + one.for_s <= 60 for one in plan)
        assert all(a.at_s + a.for_s < b.at_s for a, b in pairwise(plan))


async def test_what_was_found_in_logs_or_did_not_come_to_rest_breaks_i10_and_i12(world: World, told: History) -> None:
    assert await world.broken(told, leaked=["a log"], stuck=["a loop"]) == {"I10": ["a log"], "I12": ["a loop"]}
