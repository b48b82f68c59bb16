"""A thousand seeded schedules of faults against the rules; each rule left out is found by some of them."""

from __future__ import annotations

import os

import pytest

from tests.support.simulation import BrokenRuleError, Rules, World, run

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


REMADE = range(FIRST_SEED, FIRST_SEED + max(1, SCHEDULES // 2))


def broken_by_a_remade_topic(rules: Rules, seeds: range) -> list[int]:
    """The seeds of schedules with topics made again that break something."""
    found = []
    for seed in seeds:
        try:
            run(seed, rules, remakes=True)
        except BrokenRuleError:
            found.append(seed)
    return found


def test_no_schedule_in_which_topics_are_made_again_breaks_the_rules() -> None:
    assert broken_by_a_remade_topic(Rules(), REMADE) == []


def test_logs_told_apart_by_the_cluster_s_id_alone_are_found() -> None:
    assert broken_by_a_remade_topic(Rules(tells_logs_apart=False), range(400)) != []


@pytest.mark.parametrize("tells_logs_apart", [True, False])
def test_a_remade_topic_that_grew_past_the_old_position_before_the_reader_looks(tells_logs_apart: bool) -> None:
    """The race itself: 6 records read and committed, the topic made again, 8 in it before the reader looks."""
    world = World(0, Rules(tells_logs_apart=tells_logs_apart))
    relay, reader, writer = world.relays[0], world.members[0], world.writers[0]

    def say(aggregate: str) -> None:
        world.write(writer)
        writer.aggregate = aggregate
        while writer.aggregate is not None:
            world.write(writer)

    def publish() -> None:
        while any(not row.published for row in world.outbox):
            world.take_lock(relay)
            world.watch(relay)
            world.read(relay)
            world.send(relay, faulty=False)
            world.mark(relay)

    def read() -> None:
        for _ in range(len(world.log) + 2):
            world.poll(reader)
            world.apply(reader)
            world.commit(reader)

    for aggregate in "abcabc":
        say(aggregate)
    publish()
    read()
    assert world.shown == world.versions
    world.remake_topic()
    say("a")
    publish()
    for aggregate in "bc":
        say(aggregate)
    publish()
    world.log += [("a", 1)] * 2
    assert len(world.log) > 6
    read()
    assert (world.shown == world.versions) == tells_logs_apart
