"""Numbers without a gap (rules CER-3, CER-9): whoever works at once, whoever dies, whenever."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import get_args

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from services.certificates.domain.state import EndedError
from services.certificates.store.certificates import Row
from services.certificates.use_cases import changes
from shared.clock import new_token
from shared.database import is_transient, make_engine
from tests.services.certificates.conftest import ISSUER, MANAGERS, PUBLIC, Certificates, act
from tests.services.certificates.kills import Way, death
from tests.services.certificates.said import later, passes
from tests.support.databases import Databases

WAYS = get_args(Way)
DEATHS = 20
"""How many workers die before the killing ends."""


async def replaced(certificates: Certificates, certificate_id: object) -> Row:
    return await changes.replace_certificate(
        certificates.api,
        act(),
        certificate_id,  # type: ignore[arg-type]
        lambda _: True,
        reason="x",
        full_name="Trần Văn Mẫu",
        birth_date=None,
        public_url=PUBLIC,
        new_token=new_token,
    )


@pytest.mark.parametrize("way", WAYS)
async def test_a_worker_that_dies_at_any_step_leaves_no_gap_and_no_double(certificates: Certificates, way: Way) -> None:
    await certificates.put_issuers()
    step = 0
    while True:
        await certificates.hear(passes([step + 1]))
        before = (await certificates.register(), await certificates.said())
        how = await death(certificates.worker, step, way, certificates.issue_batch)
        await certificates.assert_sound()
        if not how.died:
            break
        if not how.committing:
            assert (await certificates.register(), await certificates.said()) == before
        await certificates.issue()
        step += 1
        assert step < 50
    assert step >= 10
    assert [row[2] for row in await certificates.register()] == list(range(1, step + 2))
    await certificates.assert_sound()


@pytest.mark.parametrize("way", WAYS)
async def test_a_replacement_that_dies_at_any_step_leaves_all_as_it_was(certificates: Certificates, way: Way) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.issue()
    [first] = await certificates.ids()
    step = 0
    while True:
        how = await death(certificates.api, step, way, lambda: replaced(certificates, first))
        await certificates.assert_sound()
        if how.committing or not how.died:
            break
        assert await certificates.register() == [("ĐHSP", 2021, 1, "valid")]
        assert len(await certificates.said()) == 1
        step += 1
        assert step < 50
    assert step >= 15
    if len(await certificates.register()) == 1:
        await replaced(certificates, first)
    assert await certificates.register() == [("ĐHSP", 2021, 1, "replaced"), ("ĐHSP", 2021, 2, "valid")]
    await certificates.assert_sound()


async def test_workers_at_once_give_each_number_once_while_their_connections_are_killed(
    certificates: Certificates, databases: Databases, record_property: Callable[[str, object], None]
) -> None:
    await certificates.put_issuers(ISSUER, MANAGERS)
    learners = 1_500
    for start in range(0, learners, 300):
        numbers = range(start, start + 300)
        words = {
            "audience": "managers" if start % 600 else "teachers",
            "approved_at": later(-40 if start >= 600 else 0),
        }
        await certificates.hear(passes(numbers, **words))
    engines = [make_engine(databases.urls("certificates")["worker"], pool_size=1, application="doomed") for _ in "1234"]
    deaths = 0

    async def work(engine: object) -> None:
        nonlocal deaths
        while True:
            try:
                if await certificates.issue(engine) == 0:  # type: ignore[arg-type]
                    # None is due that no other worker holds: it may yet give back what it holds.
                    if not await certificates.rows("SELECT 1 FROM candidate WHERE state = 'waiting' LIMIT 1"):
                        return
                    await asyncio.sleep(0.01)
            except DBAPIError as fault:
                if not is_transient(fault):
                    raise
                deaths += 1

    async def kill() -> None:
        chance = random.Random(7)
        connection = await asyncpg.connect(databases.server.superuser_dsn)
        try:
            while True:
                await asyncio.sleep(chance.uniform(0.005, 0.03))
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity "
                    "WHERE application_name = 'doomed' AND state <> 'idle' ORDER BY random() LIMIT 1) AS one"
                )
        finally:
            await connection.close()

    killer = asyncio.create_task(kill())
    try:
        async with asyncio.timeout(40):
            killing = asyncio.gather(*(work(engine) for engine in engines))
            while deaths < DEATHS and not killing.done():  # noqa: ASYNC110  # what it waits for is the killer's doing
                await asyncio.sleep(0.01)
            killer.cancel()
            await killing
    finally:
        killer.cancel()
        for engine in engines:
            await engine.dispose()
    record_property("deaths", deaths)
    assert deaths > 0
    register = await certificates.register()
    assert len(register) == learners
    expected = {("ĐHSP", 2021): 300, ("HVQLGD", 2021): 300, ("ĐHSP", 2020): 600, ("HVQLGD", 2020): 300}
    for (issuer, year), last in expected.items():
        assert [row[2] for row in register if row[:2] == (issuer, year)] == list(range(1, last + 1))
    await certificates.assert_sound()


async def test_two_replacements_at_once_are_one_and_the_other_hears_it_is_over(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes(range(1, 11)))
    await certificates.issue()
    for one in await certificates.ids():
        answers = await asyncio.gather(replaced(certificates, one), replaced(certificates, one), return_exceptions=True)
        assert {type(answer) for answer in answers} == {Row, EndedError}
    assert [row[2] for row in await certificates.register()] == list(range(1, 21))
    await certificates.assert_sound()


async def test_replacements_and_the_job_share_one_register(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes(range(1, 31)))
    await certificates.issue()
    ids = await certificates.ids()
    await certificates.hear(passes(range(31, 331)))
    await asyncio.gather(certificates.issue(), *(replaced(certificates, one) for one in ids))
    assert [row[2] for row in await certificates.register()] == list(range(1, 361))
    await certificates.assert_sound()
