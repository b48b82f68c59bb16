"""Papers are drawn once: the same bytes under the same key, whoever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from multiprocessing import active_children
from typing import get_args

import pytest
import sqlalchemy as sa

from services.certificates.adapters.drawing import Drawers
from services.certificates.use_cases.drawing import DRAW_BATCH, draw_undrawn
from shared.clock import utc_now
from tests.services.certificates.conftest import Certificates
from tests.services.certificates.kills import Way, death
from tests.services.certificates.said import passes

_FORGET = sa.text("UPDATE certificate SET paper = NULL, paper_hash = NULL")
_PAPERS = "SELECT number, paper, paper_hash FROM certificate ORDER BY number"


async def issued(certificates: Certificates, count: int) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes(range(1, count + 1)))
    await certificates.issue()


async def forget(certificates: Certificates) -> None:
    async with certificates.worker.begin() as connection:
        await connection.execute(_FORGET)


async def test_drawing_again_gives_the_same_bytes_and_key(certificates: Certificates) -> None:
    await issued(certificates, 3)
    assert await certificates.draw() == 3
    before, papers = await certificates.rows(_PAPERS), certificates.papers()
    assert len({row["paper"] for row in before}) == len(papers) == 3
    await forget(certificates)
    assert await certificates.draw() == 3
    assert (await certificates.rows(_PAPERS), certificates.papers()) == (before, papers)
    assert await certificates.draw() == 0


@pytest.mark.parametrize("way", get_args(Way))
async def test_a_worker_that_dies_while_drawing_draws_again(certificates: Certificates, way: Way) -> None:
    await issued(certificates, 2)
    for step in range(3):
        how = await death(certificates.worker, step, way, certificates.draw)
        assert how.died
        assert how.committing == (step == 2)
        if not how.committing:
            assert await certificates.rows("SELECT 1 FROM certificate WHERE paper IS NOT NULL") == []
    await certificates.draw()
    papers = certificates.papers()
    assert len(papers) == 2
    assert {row["paper"] for row in await certificates.rows(_PAPERS)} == set(papers)


async def test_two_workers_draw_each_paper_once(certificates: Certificates) -> None:
    await issued(certificates, 150)
    assert sum(await asyncio.gather(certificates.draw(), certificates.draw())) == 150
    assert len(certificates.papers()) == 150


async def test_a_drawer_that_was_killed_is_begun_anew(certificates: Certificates) -> None:
    await issued(certificates, 1)
    drawers = Drawers(1)
    before = set(active_children())
    try:
        await draw_undrawn(certificates.worker, drawers, certificates.objects, now=utc_now())
        [mine] = set(active_children()) - before
        await forget(certificates)
        mine.kill()
        await asyncio.to_thread(mine.join)
        with pytest.raises(BrokenProcessPool):
            await draw_undrawn(certificates.worker, drawers, certificates.objects, now=utc_now())
        assert await draw_undrawn(certificates.worker, drawers, certificates.objects, now=utc_now()) == 1
    finally:
        drawers.close()


UNDRAWABLE = sa.text("""
    UPDATE certificate SET printed = jsonb_set(printed, '{full_name}', '"Жанна"') WHERE register_number = ANY(:numbers)
""")
UNREADABLE = sa.text("UPDATE certificate SET printed = '{}' WHERE register_number = ANY(:numbers)")
DRAWN = "SELECT register_number AS n FROM certificate WHERE paper IS NOT NULL ORDER BY 1"


async def spoil(certificates: Certificates, statement: sa.TextClause, numbers: Sequence[int]) -> None:
    async with certificates.worker.begin() as connection:
        await connection.execute(statement, {"numbers": list(numbers)})


async def test_a_paper_that_cannot_be_drawn_keeps_no_other_waiting(certificates: Certificates) -> None:
    await issued(certificates, 4)
    await spoil(certificates, UNDRAWABLE, [2])
    await spoil(certificates, UNREADABLE, [3])
    assert await certificates.draw() == 4
    assert [row["n"] for row in await certificates.rows(DRAWN)] == [1, 4]


async def test_more_than_a_batch_of_papers_that_cannot_be_drawn_keep_no_other_waiting(
    certificates: Certificates,
) -> None:
    await issued(certificates, 2 * DRAW_BATCH + 2)
    order = [row["n"] for row in await certificates.rows("SELECT register_number AS n FROM certificate ORDER BY id")]
    await spoil(certificates, UNREADABLE, order[: 2 * DRAW_BATCH])
    await certificates.draw()
    assert {row["n"] for row in await certificates.rows(DRAWN)} == set(order[2 * DRAW_BATCH :])


async def test_a_paper_that_could_not_be_drawn_is_tried_again_later_and_later(certificates: Certificates) -> None:
    await issued(certificates, 1)
    [whole] = await certificates.rows("SELECT CAST(printed AS text) AS printed FROM certificate")
    await spoil(certificates, UNDRAWABLE, [1])
    drawers, now, waits = certificates.drawers, utc_now(), []
    for _ in range(11):
        assert await draw_undrawn(certificates.worker, drawers, certificates.objects, now=now) == 1
        [row] = await certificates.rows("SELECT draw_after AS at FROM certificate")
        waits.append((row["at"] - now) // timedelta(minutes=1))
        early = row["at"] - timedelta(seconds=1)
        assert await draw_undrawn(certificates.worker, drawers, certificates.objects, now=early) == 0
        now = row["at"]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    async with certificates.worker.begin() as connection:
        await connection.execute(sa.text("UPDATE certificate SET printed = CAST(:printed AS jsonb)"), whole)
    assert await draw_undrawn(certificates.worker, drawers, certificates.objects, now=now) == 1
    assert [row["n"] for row in await certificates.rows(DRAWN)] == [1]
