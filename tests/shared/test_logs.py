"""What a process writes on its standard output."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from deploy.local.ports import free_port

WORDS = """
import logging
from shared.telemetry import configure_logs
configure_logs("test")
kafka, form = logging.getLogger("aiokafka.conn"), logging.getLogger("python_multipart.multipart")
kafka.error("Unable connect to node with id %s", 1)
kafka.warning("Heartbeat failed")
form.warning("Skipping data after last boundary")
logging.getLogger("asyncio").warning("a library's warning")
try:
    1 / 0
except ZeroDivisionError:
    kafka.exception("Unexpected error in sender routine")
"""

AWAY = """
import asyncio, signal, sys
from shared.bus import Bus, Topics
from shared.consumption import Consumer
from shared.telemetry import configure_logs
configure_logs("test")
signal.alarm(60)  # nobody listens any more

async def main():
    stop = asyncio.Event()
    bus = Bus(sys.argv[1], client_id="test", topics=Topics(1, 1), idempotent=True)
    consumer = asyncio.create_task(Consumer(bus, "test", None, ["result"]).run(stop))
    await asyncio.to_thread(sys.stdin.read)
    stop.set()
    await consumer

asyncio.run(main())
"""

TRIES = 3


def said(program: str, *arguments: str) -> list[dict[str, Any]]:
    """The lines of a process that runs this program, each a JSON object."""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_a_library_says_of_a_caller_or_a_broker_away_is_left_out_and_the_rest_is_kept() -> None:
    lines = said(WORDS)
    assert [line["event"] for line in lines] == ["a library's warning", "Unexpected error in sender routine"]
    assert lines[1]["level"] == "error"
    assert lines[1]["exception"][0]["exc_type"] == "ZeroDivisionError"


def test_a_broker_that_is_away_is_one_warning_for_each_try_and_no_error() -> None:
    command = [sys.executable, "-c", AWAY, f"127.0.0.1:{free_port()}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        first = [process.stdout.readline() for _ in range(TRIES)]
        process.stdin.close()
        lines = [json.loads(line) for line in (*first, *process.stdout)]
    assert process.returncode == 0
    assert {(line["event"], line["level"]) for line in lines} == {("consumer_interrupted", "warning")}
    assert len(lines) <= TRIES + 2, "a try may have been under way when it was told to stop"
