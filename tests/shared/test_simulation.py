"""Ten thousand seeded schedules of faults against the rules; each rule left out is found by some of them."""

from __future__ import annotations

import os
from itertools import islice

import pytest

from tests.support.simulation import Rules, World, broken, run

SCHEDULES = int(os.environ.get("SIMULATION_SCHEDULES", "10000"))
FIRST_SEED = int(os.environ.get("SIMULATION_SEED", "0"))


def test_no_schedule_breaks_the_rules() -> None:
    found = dict(broken(Rules(), range(FIRST_SEED, FIRST_SEED + SCHEDULES)))
    assert found == {}, f"seeds {sorted(found)[:10]}: run again with SIMULATION_SEED=<seed> SIMULATION_SCHEDULES=1"


def test_schedules_do_what_they_are_for() -> None:
    """A schedule in which nothing happens breaks nothing either."""
    worlds = [run(seed, Rules()) for seed in range(200)]
    assert sum(world.cluster > 0 for world in worlds) > 100
    assert sum(world.sessions > 1 for world in worlds) > 100
    assert sum(sum(world.versions.values()) for world in worlds) > 1_000
    assert sum(sum(world.effects.values()) for world in worlds) > 500
    assert sum(sum(world.joined.values()) for world in worlds) > 50
    assert sum(max(world.committed.values(), default=0) > 0 for world in worlds) > 100


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        pytest.param(Rules(lock_first=False), "was said first after", id="no aggregate lock"),
        pytest.param(Rules(marks=False), "newest", id="a cursor"),
        pytest.param(Rules(version_check=False), "took effect twice", id="no version check: twice"),
        pytest.param(Rules(version_check=False), "fell from", id="no version check: falls"),
        pytest.param(Rules(offset_after_commit=False), "newest", id="offset before the database's commit"),
        pytest.param(Rules(drains=False), "the committed offset fell", id="no drain on revoke"),
        pytest.param(Rules(locks_root=False), "half of it was lost", id="no join root lock"),
        pytest.param(Rules(group_per_cluster=False), "newest", id="cluster id ignored"),
        pytest.param(Rules(tells_logs_apart=False), "newest", id="topic id ignored"),
        pytest.param(Rules(says_again=False), "newest", id="never says again"),
    ],
)
def test_a_rule_left_out_is_found(rules: Rules, fault: str) -> None:
    """By the very schedules that break nothing with all rules in force."""
    found = broken(rules, range(10_000))
    first = next(islice((f"{seed}: {words}" for seed, words in found if fault in words), 1), None)
    print(f"\n{first}")
    assert first is not None


@pytest.mark.parametrize("between_batches", [True, False])
def test_the_log_is_lost_between_an_acknowledgement_and_its_mark(between_batches: bool) -> None:
    """A schedule in ten thousand finds it: the ack of the lost log is marked as if the new one held the record."""
    world = World(0, Rules(watches_between_batches=between_batches))
    relay, writer = world.relays[0], world.writers[0]
    world.write(writer)
    while writer.aggregate is not None:
        world.write(writer)
    world.take_lock(relay)
    world.read(relay)
    world.send(relay, faulty=False)
    world.lose_log()
    world.watch(relay)
    world.mark(relay)
    world.heal()
    assert (world.shown == world.versions) == between_batches


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
