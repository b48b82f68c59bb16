"""One event that can never be applied is parked alone; what passes by itself parks nothing."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import applying
from shared.applying import TRIES_OF_THE_UNKNOWN, Applier, Handler
from shared.database import is_transient, make_engine
from shared.events.envelope import Envelope
from shared.parking import Raw
from tests.support.handlers import (
    HANDLERS,
    REFUSED_BY_THE_DATABASE,
    REFUSED_BY_THE_RULE,
    STRANGE,
    applier,
    parked,
    rows,
    show_units,
    shown,
)
from tests.support.running import until
from tests.support.shared_tables import SharedTables
from tests.support.states import envelope, number, record, unit

POISONED = number(37)


def said(unit_id: UUID, version: int, name: str = "Trường") -> Envelope:
    """`unit_changed` of one unit."""
    return envelope(unit_id, version, unit(unit_id, name), "unit_changed")


def many() -> list[Raw]:
    """A batch of 100 units."""
    return [record(said(number(n), 1), offset=n) for n in range(100)]


def _undecodable(event: Envelope) -> Raw:
    return record(
        Envelope(**{name: getattr(event, name) for name in event.__struct_fields__} | {"data": b'{"province_id": 7}'})
    )


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        (_undecodable(said(POISONED, 1)), "the payload is not a unit"),
        (record(said(POISONED, 1, REFUSED_BY_THE_RULE)), "the rule says no"),
        (record(said(POISONED, 1, REFUSED_BY_THE_DATABASE)), "IntegrityError while applying"),
        (record(said(POISONED, 1, "NUL \x00 in a name")), "DBAPIError while applying"),
        (record(said(POISONED, 1, STRANGE)), "KeyError while applying"),
    ],
    ids=["does not decode", "permanent", "SQL check", "SQL data", "unknown"],
)
async def test_one_poison_among_many_parks_only_itself_and_a_later_version_supersedes_it(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, poison: Raw, reason: str
) -> None:
    monkeypatch.setattr(applying, "REST_S", 0.001)
    batch = many()
    batch[37] = poison
    await applier(engine).apply(batch)
    assert await shown(engine) == {number(n): 1 for n in range(100) if n != 37}
    ((aggregate_id, version, said_reason, state),) = await parked(engine)
    assert (aggregate_id, version, state) == (POISONED, 1, "parked")
    assert said_reason.startswith(reason)
    assert "Trường" not in said_reason

    await applier(engine).apply([poison])  # delivered again: still one row
    assert len(await parked(engine)) == 1

    await applier(engine).apply([record(said(POISONED, 2))])
    assert (await shown(engine))[POISONED] == 2
    assert [row[3] for row in await parked(engine)] == ["superseded"]


async def test_an_unknown_exception_is_tried_five_times_before_its_event_is_parked(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "REST_S", 0.001)
    tries = 0

    async def fails(connection: Any, batch: Any, moment: Any) -> None:
        nonlocal tries
        tries += 1
        raise KeyError("of no known class")

    await applier(engine, {"unit": fails}).apply([record(said(POISONED, 1))])
    assert tries == TRIES_OF_THE_UNKNOWN
    assert len(await parked(engine)) == 1


async def test_an_unknown_exception_that_goes_away_parks_nothing(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "REST_S", 0.001)
    left = 3

    async def fails_at_first(connection: Any, batch: Any, moment: Any) -> None:
        nonlocal left
        left -= 1
        if left > 0:
            raise KeyError("not yet")
        await show_units(connection, batch, moment)

    await applier(engine, {"unit": fails_at_first}).apply([record(said(POISONED, 1))])
    assert await shown(engine) == {POISONED: 1}
    assert await parked(engine) == []


async def _until_applied(worker: Applier, records: list[Raw]) -> int:
    """Applies as the consumer does, and answers how often it had to come again."""
    for tries in range(100):
        try:
            await worker.apply(records)
        except Exception as fault:
            if not is_transient(fault):
                raise
            await asyncio.sleep(0.05)
        else:
            return tries
    raise AssertionError("never applied")


async def test_a_killed_database_connection_parks_nothing_and_the_batch_is_applied_on_the_next_try(
    engine: AsyncEngine, shared_tables: SharedTables
) -> None:
    killed = False

    async def cut(connection: Any, batch: Any, moment: Any) -> None:
        nonlocal killed
        await show_units(connection, batch, moment)
        if not killed:
            killed = True
            pid = await connection.scalar(sa.text("SELECT pg_backend_pid()"))
            other = make_engine(shared_tables.worker, pool_size=1)
            async with other.connect() as second:
                await second.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await other.dispose()

    assert await _until_applied(applier(engine, {"unit": cut}), many()) == 1
    assert len(await shown(engine)) == 100
    assert await parked(engine) == []


async def test_a_lock_that_is_held_too_long_parks_nothing_and_the_batch_is_applied_on_the_next_try(
    engine: AsyncEngine,
) -> None:
    await applier(engine).apply([record(said(number(3), 1))])
    tries = 0

    async def impatient(connection: Any, batch: Any, moment: Any) -> None:
        nonlocal tries
        tries += 1
        await connection.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        await show_units(connection, batch, moment)

    async with engine.begin() as holder:
        await holder.execute(sa.text("SELECT 1 FROM shown FOR UPDATE"))
        again = asyncio.create_task(
            _until_applied(applier(engine, {"unit": impatient}), [record(said(number(3), 2)), *many()])
        )

        async def came_again() -> bool:
            return tries > 1

        await until(came_again)
        assert not again.done()
    assert await again > 0
    assert (await shown(engine))[number(3)] == 2
    assert await parked(engine) == []


async def test_two_transactions_that_deadlock_park_nothing(engine: AsyncEngine) -> None:
    """Two handlers lock the same two rows in opposite orders; PostgreSQL ends one, which comes again."""
    await applier(engine).apply([record(said(number(n), 1)) for n in (1, 2)])
    met = asyncio.Barrier(2)
    first_time = {"forth": True, "back": True}

    def locking(way: str, order: tuple[int, int]) -> Handler:
        async def handler(connection: Any, batch: Any, moment: Any) -> None:
            for n in order:
                await connection.execute(
                    sa.text("SELECT 1 FROM shown WHERE unit_id = :id FOR UPDATE"), {"id": number(n)}
                )
                if first_time[way]:
                    first_time[way] = False
                    await met.wait()
            await show_units(connection, batch, moment)

        return handler

    tries = await asyncio.gather(
        _until_applied(applier(engine, {"unit": locking("forth", (1, 2))}), [record(said(number(8), 1))]),
        _until_applied(applier(engine, {"unit": locking("back", (2, 1))}), [record(said(number(9), 1))]),
    )
    assert sum(tries) == 1
    assert set(await shown(engine)) == {number(n) for n in (1, 2, 8, 9)}
    assert await parked(engine) == []


async def test_a_version_that_falls_is_known_already_and_changes_nothing(engine: AsyncEngine) -> None:
    await applier(engine).apply([record(said(POISONED, 5))])
    before = await rows(engine)
    await applier(engine).apply([record(said(POISONED, 4, "older"))])
    assert await rows(engine) == before
    assert await parked(engine) == []


async def test_aggregates_without_a_handler_are_passed_over(engine: AsyncEngine) -> None:
    only = {name: handler for name, handler in HANDLERS.items() if name != "unit"}
    await applier(engine, only).apply(many())
    assert await rows(engine) == []
