"""I12 can fail: a process that spins, swells, answers late or is gone is named."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from deploy.local.ports import free_port
from tests.chaos import residue
from tests.chaos.invariants.residue import Residue, stuck

REST = Residue(cpu=0.02, rss=100 * 2**20, lag_s=0.01)

PROGRAM = """
import asyncio, os, subprocess, sys, time
port, how = int(os.environ["ROSTER_PORT"]), sys.argv[1]

async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    lag = 7.5 if how == "late" else 0.001
    body = f"# HELP event_loop_lag_seconds How late\\nevent_loop_lag_seconds {lag}\\n".encode()
    writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-type: text/plain\\r\\nconnection: close\\r\\ncontent-length: ")
    writer.write(str(len(body)).encode() + b"\\r\\n\\r\\n" + body)
    await writer.drain()
    writer.close()

async def main():
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if how == "spins" else None
    held = bytearray(os.urandom(1)) * (300 * 2**20) if how == "swells" else b""
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    print("ready", flush=True)
    try:
        await asyncio.wait_for(server.serve_forever(), 60)
    finally:
        if child:
            child.kill()

asyncio.run(main())
"""


@contextmanager
def running(how: str) -> Iterator[dict[str, int]]:
    """A process that answers for its health, under a name of the stack's."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, how],
        env={**os.environ, "ROSTER_PORT": str(free_port())},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield {"roster-relay-1": process.pid, "postgres": os.getpid()}
    finally:
        os.killpg(process.pid, 9)
        process.communicate()


@pytest.mark.parametrize(
    ("how", "named"),
    [
        ("rests", ""),
        ("spins", "roster-relay-1 uses "),
        ("swells", "roster-relay-1 holds "),
        ("late", "the loop of roster-relay-1 was 7.50 s late"),
    ],
)
async def test_a_process_that_does_not_come_to_rest_breaks_i12(how: str, named: str) -> None:
    with running(how) as pids:
        found = stuck({"roster-relay-1": replace(REST, rss=20 * 2**20)}, await residue.look(pids, for_s=0.5))
    assert [one[: len(named)] for one in found] == ([named] if named else [])


async def test_a_process_that_is_gone_or_silent_breaks_i12() -> None:
    base = {"roster-relay-1": REST, "roster-work-1": REST}
    with running("rests") as pids:
        there = await residue.settled(lambda: pids, {"roster-relay-1": REST}, within_s=0)
        assert there == []
        assert stuck(base, await residue.look(pids, for_s=0)) == ["roster-work-1 does not run"]
    assert stuck(base, {"roster-relay-1": replace(REST, lag_s=None), "roster-work-1": REST}) == [
        "roster-relay-1 does not answer for its health"
    ]


def test_memory_may_grow_by_a_half_and_some_and_a_process_that_is_new_has_no_base() -> None:
    grown = replace(REST, rss=(100 * 3 // 2 + 64) * 2**20)
    assert stuck({"a": REST}, {"a": grown}) == []
    assert stuck({"a": REST}, {"a": replace(grown, rss=grown.rss + 2**20)}) == [
        "a holds 215 MiB, at the beginning 100 MiB"
    ]
    assert stuck({}, {"a": grown}) == []
