"""Projections do not depend on the order or the number of deliveries."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from services.reporting.consumer import handlers
from services.reporting.tables import metadata
from shared.applying import Applier
from shared.clock import new_id
from shared.parking import Raw
from tests.services.reporting.said import PROVINCE, certificate, days, enrolment, person, raw, result, uid, unit

EARLY = date(2000, 1, 1)
DISTRICT, OTHER, SCHOOL = uid(1, 1), uid(1, 2), uid(1, 3)
OWN = ("unit", "unit_period", "person", "seat", "movement", "stage", "daily_delta", "standing", "version_seen")


def applier(engine: AsyncEngine) -> Applier:
    return Applier(engine, handlers(), lambda: datetime(2020, 9, 1, tzinfo=UTC), new_id)


async def tables(engine: AsyncEngine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every projection, and the paths that seats use."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    async with engine.connect() as connection:
        for name in OWN:
            rows = await connection.execute(sa.select(metadata.tables[name]))
            found[name] = sorted((tuple(row) for row in rows), key=repr)
        used = sa.text(
            "SELECT place_id, p.unit_path FROM place p WHERE place_id IN (SELECT place_id FROM seat) ORDER BY 1"
        )
        found["place"] = [tuple(row) for row in await connection.execute(used)]
        assert (await connection.execute(sa.text("SELECT count(*) FROM parked_event"))).scalar_one() == 0
    return found


def story(rng: random.Random) -> list[Raw]:
    """Versions of every aggregate in order: corrections of path and offering, flips, withdrawals, certificates."""
    paths = ([PROVINCE, DISTRICT, SCHOOL], [PROVINCE, OTHER, SCHOOL])
    said = [
        raw(unit(PROVINCE, "80", "province", (None, EARLY))),
        raw(unit(DISTRICT, "80.01", "district", (PROVINCE, EARLY))),
        raw(unit(OTHER, "80.02", "district", (PROVINCE, EARLY))),
        raw(unit(SCHOOL, "S", "school", (DISTRICT, EARLY))),
        raw(unit(SCHOOL, "S", "school", (DISTRICT, EARLY), (OTHER, date(2020, 9, 1))), 2),
    ]
    for number in range(1, 9):
        said.append(raw(person(uid(2, number), uid(2, 1) if number == 2 else None)))
        for version in range(1, rng.randint(2, 4)):
            withdrawn = days(rng.randint(0, 40)) if rng.random() < 0.3 else None
            offering = rng.randint(1, 2)
            said.append(raw(enrolment(number, rng.choice(paths), offering=offering, withdrawn_at=withdrawn), version))
        for version in range(1, rng.randint(2, 5)):
            moves = [("logged_in", days(1), 1), ("missing", days(0), 1)]
            moves += [(f, days(rng.randint(1, 30)), 1) for f in ("studying", "submitted", "graded", "lms_met")]
            if rng.random() < 0.5:
                moves.append(("missing", days(35), -1))
            said.append(raw(result(number, paths[0], moves, answers=(4, 4, 4)), version))
        said.append(raw(certificate(2 * number, number, days(50))))
        if rng.random() < 0.5:
            one = certificate(
                2 * number, number, days(50), state="replaced", replaced_by=2 * number + 1, ended_at=days(60)
            )
            said += [raw(one, 2), raw(certificate(2 * number + 1, number, days(60)))]
    return said


@pytest.mark.parametrize("seed", range(12))
async def test_any_order_and_repetition_gives_the_rows_of_a_single_delivery_in_order(
    worker: AsyncEngine, databases: Any, seed: int
) -> None:
    rng = random.Random(seed)
    records = story(rng)
    for record in records:
        await applier(worker).apply([record])
    expected = await tables(worker)
    await databases.clean("reporting")

    delivered = [record for record in records for _ in range(rng.randint(1, 5))]
    rng.shuffle(delivered)
    while delivered:
        size = rng.randint(1, 40)
        batch, delivered = delivered[:size], delivered[size:]
        await applier(worker).apply(batch)
    assert await tables(worker) == expected


async def test_topics_that_arrive_at_the_same_time_lose_nothing_and_give_the_same_rows(
    worker: AsyncEngine, databases: Any
) -> None:
    records = story(random.Random(4))
    for record in records:
        await applier(worker).apply([record])
    expected = await tables(worker)
    await databases.clean("reporting")

    async def deliver(topic: str) -> None:
        for record in records:
            if record.topic == topic:
                await applier(worker).apply([record])

    await asyncio.gather(*(deliver(topic) for topic in sorted({record.topic for record in records})))
    assert await tables(worker) == expected


async def test_the_sum_of_the_daily_deltas_is_the_sum_of_the_movements_and_no_row_is_empty(worker: AsyncEngine) -> None:
    await applier(worker).apply(story(random.Random(99)))
    async with worker.connect() as connection:
        rows = await connection.execute(sa.text("SELECT figure, sum(delta) AS delta FROM movement GROUP BY figure"))
        moved = {row.figure: row.delta for row in rows}
        counted = (
            (
                await connection.execute(
                    sa.text(
                        "SELECT sum(enrolments) AS enrolments, sum(certified) AS certified, sum(missing) AS missing,"
                        " sum(lms_met) AS lms_met FROM daily_delta"
                    )
                )
            )
            .mappings()
            .one()
        )
        empty = sa.text(
            "SELECT count(*) FROM daily_delta WHERE (enrolments, studying, submitted, graded, lms_met,"
            " core_team_met, institution_met, approved, certified, missing) = (0,0,0,0,0,0,0,0,0,0)"
        )
        assert (await connection.execute(empty)).scalar_one() == 0
    assert {figure: moved.get(figure, 0) for figure in counted} == dict(counted)


async def test_a_result_and_a_certificate_before_their_enrolment_count_when_it_comes(worker: AsyncEngine) -> None:
    path = [PROVINCE, SCHOOL]
    first = [raw(result(1, path, [("studying", days(2), 1)])), raw(certificate(1, 1, days(9)))]
    await applier(worker).apply(first)
    assert (await tables(worker))["movement"] == []
    await applier(worker).apply([raw(enrolment(1, path))])
    assert len((await tables(worker))["movement"]) == 3


async def test_a_unit_without_periods_is_parked(worker: AsyncEngine) -> None:
    await applier(worker).apply([raw(unit(SCHOOL, "S", "school"))])
    async with worker.connect() as connection:
        reasons = (await connection.execute(sa.text("SELECT reason FROM parked_event"))).scalars().all()
    assert reasons == ["a unit without a period"]
