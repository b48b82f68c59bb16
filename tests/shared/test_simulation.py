"""A thousand seeded schedules of faults against the rules; each rule left out is found by some of them."""

from __future__ import annotations

import os

import pytest

from tests.support.simulation import BrokenRuleError, Rules, run

SCHEDULES = int(os.environ.get("SIMULATION_SCHEDULES", "1000"))
FIRST_SEED = int(os.environ.get("SIMULATION_SEED", "0"))


def broken(rules: Rules, schedules: int, first_seed: int = FIRST_SEED) -> dict[int, str]:
    """The seeds that break something, and what."""
    found = {}
    for seed in range(first_seed, first_seed + schedules):
        try:
            run(seed, rules)
        except BrokenRuleError as fault:
            found[seed] = str(fault)
    return found


def test_no_schedule_breaks_the_rules() -> None:
    found = broken(Rules(), SCHEDULES)
    assert found == {}, f"seeds {sorted(found)[:10]}: run again with SIMULATION_SEED=<seed> SIMULATION_SCHEDULES=1"


def test_schedules_do_what_they_are_for() -> None:
    """A schedule in which nothing happens breaks nothing either."""
    worlds = [run(seed, Rules()) for seed in range(200)]
    assert sum(world.cluster > 0 for world in worlds) > 100
    assert sum(world.sessions > 1 for world in worlds) > 100
    assert sum(sum(world.versions.values()) for world in worlds) > 1_000
    assert sum(sum(world.effects.values()) for world in worlds) > 500


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (Rules(lock_first=False), "was said first after"),
        (Rules(marks=False), "newest"),
        (Rules(version_check=False), "took effect twice"),
        (Rules(version_check=False), "fell from"),
        (Rules(offset_after_commit=False), "newest"),
        (Rules(group_per_cluster=False), "newest"),
        (Rules(says_again=False), "newest"),
    ],
    ids=[
        "no lock",
        "a cursor",
        "no version check: twice",
        "no version check: falls",
        "offset first",
        "one group for all clusters",
        "never says again",
    ],
)
def test_a_rule_left_out_is_found(rules: Rules, fault: str) -> None:
    found = broken(rules, 400)
    assert any(fault in words for words in found.values()), found


def test_a_relay_that_looks_for_another_cluster_between_ack_and_mark_is_found() -> None:
    """One schedule in ten thousand: the ack of a lost log is then marked as if the new log held the record."""
    assert broken(Rules(watches_between_batches=False), 1, first_seed=7271)
    assert broken(Rules(), 1, first_seed=7271) == {}
