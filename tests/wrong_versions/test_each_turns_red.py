"""With the wrong version of any one safety rule in place, the proof of that rule goes red by its own assertion.

The proofs are those of the tests named here, which run them with the product's parts and must be green: so what turns
them red is the part. The rules left out one by one in tests/shared/test_simulation.py are the same ones in small.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.relay import Relay
from tests.shared import test_consumer, test_effects, test_ordering, test_relay, test_remade_topic
from tests.support.brokers import Broker
from tests.support.log import bus_to
from tests.support.shared_tables import SharedTables
from tests.wrong_versions import parts


@dataclass(frozen=True)
class Stage:
    """What the proofs run on."""

    engine: AsyncEngine
    tables: SharedTables
    make_broker: Callable[[], Broker]


@pytest.fixture
def stage(engine: AsyncEngine, shared_tables: SharedTables, fresh_broker: Callable[[], Broker]) -> Stage:
    return Stage(engine, shared_tables, fresh_broker)


async def no_aggregate_lock(on: Stage) -> None:
    await test_ordering.nothing_is_lost_or_reordered(
        on.engine, on.tables, on.make_broker(), parts.write_without_lock, 4_000, seed=1
    )


async def cursor_relay(on: Stage) -> None:
    broker = on.make_broker()
    relay = Relay(on.tables.worker, bus_to(broker.bootstrap), "roster", session=parts.CursorSession)
    await test_relay.a_transaction_that_ends_late_is_published_too(on.engine, broker, relay)


async def no_version_check(on: Stage) -> None:
    in_order = await test_effects.single_delivery(on.engine, on.tables)
    await test_effects.delivery_repeated_and_shuffled_is_as_a_single_one(
        on.engine, on.tables, in_order, parts.everything_is_news
    )


async def offset_before_database_commit(on: Stage) -> None:
    await test_consumer.told_to_stop_it_commits_nothing_unapplied(on.engine, on.make_broker(), parts.CommitsFirst)


async def no_drain_on_revoke(on: Stage) -> None:
    await test_consumer.committed_offsets_never_fall(on.engine, on.make_broker(), parts.NeverDrains)


async def no_join_root_lock(on: Stage) -> None:
    await test_effects.halves_that_come_at_the_same_moment_meet(on.engine, parts.look_at_root)


async def cluster_id_ignored(on: Stage) -> None:
    broker = on.make_broker()
    await test_remade_topic.a_new_log_that_grew_past_the_old_position_is_told_everything_and_read_from_its_beginning(
        on.engine, on.tables, broker, bus_to(broker.bootstrap, kind=parts.OneNameBus)
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("turns_red", "named_test", "says"),
    [
        (
            no_aggregate_lock,
            test_ordering.test_nothing_is_lost_or_reordered_while_relays_are_killed,
            r"events lost, events reordered",
        ),
        (
            cursor_relay,
            test_relay.test_a_row_is_published_though_its_transaction_ended_after_later_rows_were_published,
            r"never said: .*000001",
        ),
        (
            no_version_check,
            test_effects.test_repeated_and_shuffled_delivery_gives_the_rows_of_single_delivery_in_order,
            r"not the rows of single delivery",
        ),
        (
            offset_before_database_commit,
            test_consumer.test_a_consumer_told_to_stop_with_a_full_batch_finishes_or_abandons_it_and_commits_nothing_unapplied,
            r"committed and not applied",
        ),
        (
            no_drain_on_revoke,
            test_consumer.test_a_batch_in_hand_is_committed_before_its_partitions_go_so_that_committed_offsets_never_fall,
            r"\{.*\} fell to \{.*\}",
        ),
        (
            no_join_root_lock,
            test_effects.test_two_halves_of_a_join_that_come_at_the_same_moment_do_not_miss_each_other,
            r"a half was missed",
        ),
        (
            cluster_id_ignored,
            test_remade_topic.test_a_new_log_that_grew_past_the_old_position_before_anybody_looked_is_read_from_its_beginning,
            r"of the old log are missing",
        ),
    ],
    ids=lambda value: value.__name__ if getattr(value, "__module__", "") == __name__ else "",
)
async def test_the_wrong_version_turns_its_named_test_red(
    stage: Stage, turns_red: Callable[[Stage], Awaitable[None]], named_test: Callable[..., object], says: str
) -> None:
    with pytest.raises(AssertionError) as red:
        await turns_red(stage)
    words = str(red.value)
    print(f"\n{turns_red.__name__} -> {named_test.__name__}: {' '.join(words.split())[:300]}")
    assert re.search(says, words), "red, but by another assertion"
