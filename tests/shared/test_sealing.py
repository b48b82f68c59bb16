"""The audit's chain of hashes: each row is sealed once, whoever commits when, and what is tampered with is named."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import audit
from shared.audit import Act
from shared.clock import new_id
from shared.database import make_engine, transaction
from shared.sealing import BrokenChainError, Head, Sealer, verify
from tests.shared.test_operations import decide
from tests.support.shared_tables import SharedTables
from tests.support.states import NOW, OTHER_PROVINCE, PROVINCE

Tamper = Callable[..., Awaitable[None]]

_SEALS = sa.text("SELECT seq, province_id, audit_id, hash FROM audit_seal ORDER BY seq")
_WRITTEN = """
    SELECT jsonb_build_array(
        a.province_id, a.id, to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        to_char(a.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        a.account, a.action, a.object_type, a.object_id, a.details, a.request_id)::text
    FROM audit_seal s JOIN audit a ON a.id = s.audit_id AND a.province_id = s.province_id ORDER BY s.seq
"""


@pytest.fixture
async def tamper(engine: AsyncEngine, shared_tables: SharedTables) -> AsyncIterator[Tamper]:
    """Does what neither role may: changes the audit with the owner's rights."""
    owner = make_engine(shared_tables.owner, pool_size=1)

    async def change(*statements: str) -> None:
        async with owner.begin() as connection:
            for statement in statements:
                changed = await connection.execute(sa.text(statement))
                assert changed.rowcount > 0

    yield change
    await owner.dispose()


async def sealed(engine: AsyncEngine, sealer: Sealer | None = None) -> int:
    """Seals until nothing waits; how many rows."""
    worker, count = sealer or Sealer(engine), 0
    while done := await worker.run():
        count += done
    return count


async def seven(engine: AsyncEngine) -> Head:
    """Seven decisions of two provinces, sealed."""
    await decide(engine, 5)
    await decide(engine, 2, OTHER_PROVINCE)
    assert await sealed(engine) == 7
    return (await verify(engine))[0]


async def ids(engine: AsyncEngine) -> list[UUID]:
    """The audit rows' ids in the chain's order."""
    async with engine.connect() as connection:
        return [row.audit_id for row in await connection.execute(_SEALS)]


async def test_every_row_is_sealed_once_in_one_chain_of_all_provinces(engine: AsyncEngine) -> None:
    await decide(engine, 3)
    assert await verify(engine) == (Head(0, bytes(32)), 3)
    assert await sealed(engine) == 3
    await decide(engine, 2, OTHER_PROVINCE)
    await decide(engine, 4)
    assert await sealed(engine, Sealer(engine, batch=4)) == 6
    head, waiting = await verify(engine)
    assert (head.seq, waiting) == (9, 0)
    assert await sealed(engine) == 0


async def test_the_hash_can_be_computed_from_what_the_page_says_alone(engine: AsyncEngine) -> None:
    """Written out by the database and hashed here, without the sealer's code."""
    head = await seven(engine)
    async with engine.connect() as connection:
        texts = list(await connection.scalars(sa.text(_WRITTEN)))
        hashes = [row.hash for row in await connection.execute(_SEALS)]
    last, computed = bytes(32), []
    for text in texts:
        row = json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        assert b'{"size":1,"t\xc3\xaan":"\xc4\x90\xe1\xba\xa1t"}' in row
        last = hashlib.sha256(last + row).digest()
        computed.append(last)
    assert computed == hashes
    assert Head(7, last) == head


async def test_a_row_that_commits_after_a_later_one_was_sealed_is_sealed_too(engine: AsyncEngine) -> None:
    act = Act(province_id=PROVINCE, account="slow@test", person_id=None, at=NOW, new_id=new_id)
    sealer = Sealer(engine)
    await decide(engine, 1)
    assert await sealed(engine, sealer) == 1
    async with transaction(engine, PROVINCE) as slow:
        await audit.record(slow, act, "thing.do", "thing", [("slow", {})])
        await decide(engine, 2)
        assert await sealed(engine, sealer) == 2
    assert await sealed(engine, sealer) == 1
    order = await ids(engine)
    assert order.index(min(order[1:])) == 3, "the slow row has a smaller id than two that were sealed before it"
    assert (await verify(engine))[1] == 0


async def test_a_row_recorded_long_ago_is_found_when_the_whole_audit_is_looked_through(
    engine: AsyncEngine, tamper: Tamper
) -> None:
    """As after a clock that was wrong: the usual look goes back an hour."""
    usual = Sealer(engine)
    assert await usual.run() == 0
    act = Act(province_id=PROVINCE, account="old@test", person_id=None, at=NOW, new_id=new_id, recorded_at=NOW)
    async with transaction(engine, PROVINCE) as connection:
        await audit.record(connection, act, "thing.do", "thing", [("old", {})])
    assert await usual.run() == 0
    assert await Sealer(engine).run() == 1


async def test_several_workers_at_once_make_one_chain(engine: AsyncEngine) -> None:
    sealers = [Sealer(engine, batch=3) for _ in range(4)]
    done = 0
    for _ in range(12):
        await decide(engine, 2)
        done += sum(await asyncio.gather(*(sealer.run() for sealer in sealers)))
    done += await sealed(engine)
    head, waiting = await verify(engine)
    assert (done, head.seq, waiting) == (24, 24, 0)


ROW = "province_id = '{0}' AND {1} = (SELECT audit_id FROM audit_seal WHERE seq = {2})"
THIRD = ROW.format(PROVINCE, "id", 3)
TAMPERED = {
    "an account changed": ([f"UPDATE audit SET account = 'other@test' WHERE {THIRD}"], 3, "is not what was sealed"),
    "details changed": ([f"UPDATE audit SET details = '{{}}' WHERE {THIRD}"], 3, "is not what was sealed"),
    "an instant moved": ([f"UPDATE audit SET at = at + interval '1 us' WHERE {THIRD}"], 3, "is not what was sealed"),
    "a request id emptied": ([f"UPDATE audit SET request_id = NULL WHERE {THIRD}"], 3, "is not what was sealed"),
    "a row deleted": ([f"DELETE FROM audit WHERE {THIRD}"], 3, "was deleted"),
    "a row and its seal deleted": (
        [f"DELETE FROM audit WHERE {THIRD}", "DELETE FROM audit_seal WHERE seq = 3"],
        4,
        "seal 3 is missing",
    ),
    "the first deleted": (["DELETE FROM audit_seal WHERE seq = 1"], 2, "seal 1 is missing"),
    "two rows swapped": (
        [
            "UPDATE audit_seal SET seq = 100 WHERE seq = 3",
            "UPDATE audit_seal SET seq = 3 WHERE seq = 4",
            "UPDATE audit_seal SET seq = 4 WHERE seq = 100",
        ],
        3,
        "is not what was sealed",
    ),
    "a seal's hash replaced": (
        ["UPDATE audit_seal SET hash = sha256(hash) WHERE seq = 3"],
        3,
        "is not what was sealed",
    ),
    "a later row moved into a gap": (
        ["DELETE FROM audit_seal WHERE seq = 3", "UPDATE audit_seal SET seq = 3 WHERE seq = 7"],
        3,
        "is not what was sealed",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
async def test_the_first_bad_row_is_named(engine: AsyncEngine, tamper: Tamper, name: str) -> None:
    await seven(engine)
    statements, seq, sentence = TAMPERED[name]
    await tamper(*statements)
    async with engine.connect() as connection:
        at = {row.seq: row.audit_id for row in await connection.execute(_SEALS)}
    with pytest.raises(BrokenChainError, match=sentence) as fault:
        await verify(engine)
    assert str(at[seq]) in str(fault.value)


async def test_a_kept_head_shows_a_tail_that_was_cut(engine: AsyncEngine, tamper: Tamper) -> None:
    head = await seven(engine)
    await tamper(
        "DELETE FROM audit WHERE (province_id, id) IN (SELECT province_id, audit_id FROM audit_seal WHERE seq > 5)",
        "DELETE FROM audit_seal WHERE seq > 5",
    )
    assert (await verify(engine))[0].seq == 5, "by itself a chain that was cut is whole"
    with pytest.raises(BrokenChainError, match="ends at seal 5, the kept head is seal 7: its tail was cut"):
        await verify(engine, head)


async def test_a_kept_head_shows_a_chain_that_was_computed_anew(engine: AsyncEngine, tamper: Tamper) -> None:
    head = await seven(engine)
    await decide(engine, 3)
    await sealed(engine)
    assert (await verify(engine, head))[0].seq == 10, "a head kept earlier lies on the chain"
    await tamper(f"UPDATE audit SET account = 'other@test' WHERE {THIRD}", "DELETE FROM audit_seal")
    assert await sealed(engine) == 10
    assert (await verify(engine))[0].seq == 10, "by itself a chain computed anew is whole"
    with pytest.raises(BrokenChainError, match="seal 7 is not the head that was kept"):
        await verify(engine, head)


async def test_the_command_prints_the_head_and_ends_with_1_and_a_sentence_where_the_chain_is_broken(
    engine: AsyncEngine, shared_tables: SharedTables, tamper: Tamper
) -> None:
    async def command(*arguments: str) -> tuple[int | None, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.roster", "verify-audit", *arguments),
            cwd=Path(__file__).parents[2],
            env={
                "PATH": os.environ["PATH"],
                "ROSTER_WORKER_DATABASE_URL": shared_tables.worker,
                "ROSTER_PORT": "1",
                "KAFKA_BOOTSTRAP": "127.0.0.1:1",
                "INTERNAL_JWKS_FILE": "none",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, error = await process.communicate()
        return process.returncode, out.decode(), error.decode()

    head = await seven(engine)
    await decide(engine, 1)
    assert await command() == (0, f"{head}\n", "1 rows wait for their seal\n")
    assert (await command("--head", str(head)))[0] == 0
    assert (await command("--head", "7"))[0] == 2
    assert (await command("--tail"))[0] == 2
    await tamper(f"DELETE FROM audit WHERE {THIRD}")
    code, out, error = await command("--head", str(head))
    assert (code, out) == (1, "")
    assert error == f"audit row {(await ids(engine))[2]} of province {PROVINCE}, seal 3, was deleted\n"


@given(st.integers(0, 10**18 - 1), st.binary(min_size=32, max_size=32))
def test_a_head_is_read_as_it_was_printed(seq: int, digest: bytes) -> None:
    assert Head.parse(str(Head(seq, digest))) == Head(seq, digest)


@pytest.mark.parametrize("text", ["", "7", "7:", "7:abc", f"-1:{'0' * 64}", f"7:{'G' * 64}", f"7:{'0' * 64}\n"])
def test_what_is_no_head_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match="a head is N:HASH"):
        Head.parse(text)
