"""I9 can fail: a decision without its audit row, a row without its decision."""

from __future__ import annotations

import pytest

from tests.chaos.history import History
from tests.chaos.world import AUDIT, GRANT, LEARNER, LIST, PROVINCE, World


async def test_a_decision_without_its_audit_row_or_with_two_breaks_i9(world: World, told: History) -> None:
    await world.sql("grading", AUDIT, PROVINCE, "recognition_list.make", LIST, "{}")
    await world.sql("roster", "DELETE FROM audit WHERE action = 'role_grant.give'")
    assert (await world.broken(told))["I9"] == [
        f"recognition_list.make of {LIST} stands 1 times and has 2 audit rows",
        f"role_grant.give of {GRANT} stands 1 times and has 0 audit rows",
        f"role_grant.give of {GRANT} was acknowledged and has no audit row",
    ]


async def test_graders_set_without_an_audit_row_break_i9(world: World, told: History) -> None:
    await world.sql("roster", "DELETE FROM audit WHERE action = 'class.set_graders'")
    (sentence,) = (await world.broken(told))["I9"]
    assert sentence.startswith("class.set_graders of ")


async def test_a_verdict_and_its_audit_row_must_say_the_same(world: World, told: History) -> None:
    await world.sql("grading", "UPDATE audit SET details = details || '{\"met\": false}' WHERE object_id = $1", LEARNER)
    broken = (await world.broken(told))["I9"]
    assert f"the verdict of core_team on {LEARNER} (False) stands 0 times and has 1 audit rows" in broken
    assert f"the verdict of institution on {LEARNER} (True) stands 1 times and has 0 audit rows" in broken


DISCARDED = """
    INSERT INTO parked_event (id, topic, partition, log_offset, headers, reason, state, parked_at)
    VALUES ($1, 't', 0, 0, '{}', 'r', 'discarded', now())
"""
WITHDRAWN = """
    INSERT INTO pass_withdrawal
    SELECT province_id, enrolment_id, list_id, 'a', 'r', now(), now() FROM recognition_row
"""


@pytest.mark.parametrize(
    ("service", "spoiled", "action"),
    [
        ("certificates", "UPDATE certificate SET state = 'revoked'", "certificate.revoke"),
        ("certificates", "UPDATE certificate SET state = 'replaced'", "certificate.replace"),
        (
            "grading",
            WITHDRAWN,
            "pass.withdraw",
        ),
    ],
)
async def test_an_end_that_nobody_is_recorded_for_breaks_i9(
    world: World, told: History, service: str, spoiled: str, action: str
) -> None:
    await world.sql(service, spoiled)
    (sentence,) = (await world.broken(told))["I9"]
    assert sentence.startswith(f"{action} of ")
    assert sentence.endswith("stands 1 times and has 0 audit rows")


async def test_an_end_recorded_that_never_came_breaks_i9(world: World, told: History) -> None:
    await world.sql("certificates", AUDIT, PROVINCE, "certificate.revoke", LEARNER, "{}")
    assert (await world.broken(told))["I9"] == [
        f"certificate.revoke of {LEARNER} stands 0 times and has 1 audit rows",
    ]


async def test_an_event_discarded_without_an_audit_row_breaks_i9(world: World, told: History) -> None:
    await world.sql("reporting", AUDIT, PROVINCE, "parked.discard", LEARNER, "{}")
    assert (await world.broken(told))["I9"] == [f"parked.discard of {LEARNER} stands 0 times and has 1 audit rows"]
    await world.sql("reporting", DISCARDED, LEARNER)
    assert await world.broken(told) == {}
    await world.sql("reporting", "DELETE FROM audit")
    assert (await world.broken(told))["I9"] == [f"parked.discard of {LEARNER} stands 1 times and has 0 audit rows"]
