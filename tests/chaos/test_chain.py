"""I9's chain can fail: the platform seals the world's audit, the harness computes it anew and names what was touched.

The formula is written out once more, by hand, at the end.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

import asyncpg
import pytest

from shared.clock import VIETNAM
from shared.database import make_engine
from shared.sealing import Sealer
from tests.chaos import seals
from tests.chaos.history import History
from tests.chaos.invariants.chain import broken_chain
from tests.chaos.seals import Audited, Chain, Seal
from tests.chaos.world import AUDIT, AUDITED, GRANT, PROVINCE, World
from tests.support.databases import Databases

ROWS = sum(1 for service, *_ in AUDITED if service == "grading")
_NAMED = """
    INSERT INTO audit
    SELECT province_id, gen_random_uuid(), at, now(), 'ộ"\\', 'x.y', 't', 'Ý', CAST($1::text AS jsonb), 'r'
    FROM audit LIMIT 1
"""
_DETAILS = '{"é": {"b": [1, null, "Ơ\\n"], "a": true}, "a": 12345678901234567890, "10": "", "9": -1.5}'


@pytest.fixture
async def sealed(world: World, databases: Databases) -> World:
    """The world with one more row that is hard to write, sealed by the platform in batches of two."""
    await world.sql("grading", _NAMED, _DETAILS)
    engine = make_engine(databases.urls("grading")["worker"])
    sealer = Sealer(engine, batch=2)
    while await sealer.run():
        continue
    await engine.dispose()
    return world


async def chain_of(world: World) -> Chain:
    """Grading's."""
    connection = await asyncpg.connect(world.owners["grading"])
    try:
        return await seals.chain(connection, within_s=0)
    finally:
        await connection.close()


async def test_what_the_platform_seals_is_what_the_harness_computes(sealed: World, told: History) -> None:
    chain = await chain_of(sealed)
    assert (len(chain.seals), chain.waiting) == (ROWS + 1, 0)
    assert broken_chain("grading", chain) == []
    assert await sealed.broken(told, chains={"grading": chain}) == {}


@pytest.mark.parametrize(
    ("spoiled", "named"),
    [
        ("UPDATE audit SET details = '{}' WHERE id = (SELECT audit_id FROM audit_seal WHERE seq = 3)", "sealed at 3"),
        ("UPDATE audit SET at = at + interval '1 us'", "is not what was sealed at 1"),
        ("UPDATE audit SET request_id = ''", "is not what was sealed at 1"),
        ("UPDATE audit SET account = 'b'", "is not what was sealed at 1"),
        ("DELETE FROM audit WHERE id = (SELECT audit_id FROM audit_seal WHERE seq = 2)", "was sealed and is gone"),
        ("DELETE FROM audit_seal WHERE seq = 2", "grading's seal 2 is missing"),
        ("UPDATE audit_seal SET hash = sha256(hash) WHERE seq = 4", "is not what was sealed at 4"),
        ("UPDATE audit_seal SET seq = 1000000 WHERE seq = 1", "grading's seal 1 is missing"),
    ],
)
async def test_a_chain_that_was_touched_breaks_i9(sealed: World, told: History, spoiled: str, named: str) -> None:
    await sealed.sql("grading", spoiled)
    broken = await sealed.broken(told, chains={"grading": await chain_of(sealed)})
    assert any(sentence.endswith(named) for sentence in broken["I9"])


async def test_a_row_that_nobody_sealed_breaks_i9(sealed: World, told: History) -> None:
    await sealed.sql("grading", AUDIT, PROVINCE, "pass.withdraw", GRANT, "{}")
    broken = await sealed.broken(told, chains={"grading": await chain_of(sealed)})
    assert "grading has 1 audit rows without a seal" in broken["I9"]


def test_the_formula_is_that_of_the_page() -> None:
    at = datetime(2026, 1, 2, 19, tzinfo=VIETNAM)
    row = Audited("p", "i", at, at.replace(microsecond=7), "a", "x.y", "t", "o", '{"b": 1, "a": "ộ\\n"}', None)
    written = (
        '["p","i","2026-01-02T12:00:00.000000Z","2026-01-02T12:00:00.000007Z","a","x.y","t","o",'
        '{"a":"ộ\\n","b":1},null]'
    )
    digest = sha256(bytes(32) + written.encode()).digest()
    assert broken_chain("grading", Chain([Seal(1, "i", digest, row)], 0)) == []
    assert broken_chain("grading", Chain([Seal(1, "i", bytes(32), row)], 0)) == [
        "grading's audit row i is not what was sealed at 1"
    ]
