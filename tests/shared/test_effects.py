"""Delivery may repeat and be shuffled; the rows are those of a single delivery in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID
from zlib import crc32

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.applying import Applier, News, fold, raise_versions
from shared.database import is_transient
from shared.events.documents import example_of
from shared.events.envelope import from_record
from shared.events.grading import Result
from shared.events.roster import Enrolment
from shared.parking import Raw
from tests.support.handlers import Pair, Root, applier, handlers_over, lock_root, rows
from tests.support.running import until
from tests.support.shared_tables import SharedTables
from tests.support.states import OTHER_PROVINCE, PROVINCE, envelope, number, record, unit

STATUSES = ("not_started", "studying", "in_verdict", "recognised", "review")


def _history() -> list[Raw]:
    """2,240 events of 60 units, 80 enrolments and their 80 results, of two provinces, in their order."""
    enrolment, result = example_of(Enrolment), example_of(Result)
    said: list[Raw] = []
    for version in range(1, 13):
        for n in range(60):
            province = OTHER_PROVINCE if n % 3 == 0 else PROVINCE
            state = unit(number(n), f"Đơn vị {n} lần {version}", province_id=province)
            said.append(record(envelope(number(n), version, state, "unit_changed"), offset=len(said)))
    for version in range(1, 11):
        for n in range(80):
            province = OTHER_PROVINCE if n % 3 == 0 else PROVINCE
            one = msgspec.structs.replace(enrolment, province_id=province, unit_name=f"Trường {n}.{version}")
            said.append(record(envelope(number(n, kind=1), version, one, "enrolment_changed"), offset=len(said)))
    for version in range(1, 10):
        for n in range(80):
            province = OTHER_PROVINCE if n % 3 == 0 else PROVINCE
            other = msgspec.structs.replace(result, province_id=province, status=STATUSES[(n + version) % 5])
            said.append(record(envelope(number(n, kind=1), version, other, "graded"), offset=len(said)))
    return said


async def _deliver(worker: Applier, records: Sequence[Raw], chance: random.Random) -> None:
    """In random batches; what collides is delivered again, as the consumer does."""
    at = 0
    while at < len(records):
        size = chance.randint(1, 200)
        while True:
            try:
                await worker.apply(records[at : at + size])
                break
            except Exception as fault:
                if not is_transient(fault):
                    raise
        at += size


async def _effects(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        answer = await connection.execute(sa.text("SELECT unit_id, version, count(*) FROM effect GROUP BY 1, 2"))
        return [tuple(row) for row in answer]


@pytest.fixture
async def in_order(engine: AsyncEngine, shared_tables: SharedTables) -> list[tuple[Any, ...]]:
    return await single_delivery(engine, shared_tables)


async def single_delivery(engine: AsyncEngine, shared_tables: SharedTables) -> list[tuple[Any, ...]]:
    """The rows of single delivery in order; the database is empty again afterwards."""
    # A batch here holds one version of each aggregate of one type: every single event is applied, nothing is folded.
    for _, batch in groupby(
        _history(), key=lambda one: (one.topic, from_record(one.key, one.value, one.headers).version)
    ):
        await applier(engine).apply(list(batch))
    assert len(await _effects(engine)) == 60 * 12
    wanted = await rows(engine)
    assert len(wanted) == 60 + 80 + 60 + 160
    await shared_tables.clean()
    return wanted


async def delivery_repeated_and_shuffled_is_as_a_single_one(
    engine: AsyncEngine, shared_tables: SharedTables, in_order: list[tuple[Any, ...]], news: News
) -> None:
    """The proof, over four seeds."""
    for seed in range(4):
        chance = random.Random(seed)
        deliveries = [one for one in _history() for _ in range(chance.randint(1, 5))]
        chance.shuffle(deliveries)
        # Four partitions are worked on at the same time, as the consumer does; a key stays in its partition.
        lanes: list[list[Raw]] = [[] for _ in range(4)]
        for one in deliveries:
            lanes[crc32(one.topic.encode() + (one.key or b"")) % 4 if seed else 0].append(one)
        await asyncio.gather(*(_deliver(applier(engine, news=news), lane, random.Random(seed)) for lane in lanes))
        print(f"\nseed {seed}: {len(deliveries)} deliveries")
        found = await rows(engine)
        assert found == in_order, (
            f"{len(set(found) - set(in_order))} of {len(found)} rows are not the rows of single delivery"
        )
        effects = await _effects(engine)
        assert {count for _, _, count in effects} == {1}
        assert {unit_id: max(v for u, v, _ in effects if u == unit_id) for unit_id, _, _ in effects} == {
            number(n): 12 for n in range(60)
        }
        await shared_tables.clean()


async def test_repeated_and_shuffled_delivery_gives_the_rows_of_single_delivery_in_order(
    engine: AsyncEngine, shared_tables: SharedTables, in_order: list[tuple[Any, ...]]
) -> None:
    await delivery_repeated_and_shuffled_is_as_a_single_one(engine, shared_tables, in_order, raise_versions)


_LOCK_WAITS = sa.text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM pair%'
""")


async def halves_that_come_at_the_same_moment_meet(engine: AsyncEngine, root: Root) -> None:
    """The proof: each half's transaction has read the pair, or waits for the other's lock, before either writes."""
    enrolment, result = example_of(Enrolment), example_of(Result)
    have_read = 0

    async def waits_for_a_lock() -> bool:
        async with engine.connect() as connection:
            return bool(await connection.scalar(_LOCK_WAITS))

    async def at_the_same_moment(connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, Pair]:
        nonlocal have_read
        found = await root(connection, ids)
        have_read += 1

        async def the_other_is_here() -> bool:
            return have_read == 2 or await waits_for_a_lock()

        await until(the_other_is_here)
        return found

    def halves(version: int, unit_name: str, status: str) -> list[Raw]:
        one = msgspec.structs.replace(enrolment, province_id=PROVINCE, unit_name=unit_name)
        other = msgspec.structs.replace(result, province_id=PROVINCE, status=status)
        return [
            record(envelope(number(1, kind=1), version, one, "enrolment_changed")),
            record(envelope(number(1, kind=1), version, other, "graded")),
        ]

    await applier(engine).apply(halves(1, "Trường cũ", "studying"))
    both = handlers_over(at_the_same_moment)
    await asyncio.gather(*(applier(engine, both).apply([half]) for half in halves(2, "Trường mới", "recognised")))
    async with engine.connect() as connection:
        joined = await connection.scalar(sa.text("SELECT joined FROM pair"))
    assert joined == "Trường mới / recognised", "a half was missed"


async def test_two_halves_of_a_join_that_come_at_the_same_moment_do_not_miss_each_other(engine: AsyncEngine) -> None:
    await halves_that_come_at_the_same_moment_meet(engine, lock_root)


async def test_a_crash_between_commit_and_offset_repeats_the_batch_without_a_second_effect(
    engine: AsyncEngine, in_order: list[tuple[Any, ...]]
) -> None:
    history = _history()
    for at in range(0, len(history), 300):
        await applier(engine).apply(history[at : at + 300])  # committed, and here the process dies:
        await applier(engine).apply(history[at : at + 450])  # the next one begins at the old offset
    assert await rows(engine) == in_order
    assert {count for _, _, count in await _effects(engine)} == {1}


async def test_a_failing_handler_leaves_neither_rows_nor_a_seen_version(engine: AsyncEngine) -> None:
    class CutError(ConnectionError):
        """Transient by its class."""

    async def half_done(connection: Any, batch: Any, moment: Any) -> None:
        await connection.execute(sa.text("INSERT INTO effect VALUES (gen_random_uuid(), 1)"))
        raise CutError

    said = record(envelope(number(1), 1, unit(number(1), "Trường"), "unit_changed"))
    with pytest.raises(CutError):
        await applier(engine, {"unit": half_done}).apply([said])
    assert await rows(engine) == []
    assert await _effects(engine) == []
    await applier(engine).apply([said])
    assert len(await rows(engine)) == 2


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6)), max_size=40))
def test_folding_keeps_the_newest_of_each_aggregate_and_nothing_else(pairs: list[tuple[int, int]]) -> None:
    state = unit(number(0), "Trường")
    events = [envelope(number(n), version, state, "unit_changed") for n, version in pairs]
    kept = {event.aggregate_id: event.version for event in fold(events)}
    assert kept == {number(n): max(v for m, v in pairs if m == n) for n, _ in pairs}
    assert len(fold(events)) == len(kept)
