"""Children are kept while the launcher lives and are gone when it ends: asked, interrupted or killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from deploy.local import processes
from deploy.local.broker import EmbeddedBroker
from deploy.local.paths import LocalPaths
from deploy.local.program import Program
from deploy.local.supervisor import StackRunningError, Supervisor, stop_stack

OBEDIENT = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()"
)
WITH_WORKER = (
    "import subprocess, signal\n"
    "worker = subprocess.Popen(['/bin/sleep', '600'])\nprint(worker.pid, flush=True)\nsignal.pause()"
)
LAUNCHER = f"""
import asyncio, json, sys
from deploy.local.broker import EmbeddedBroker
from deploy.local.paths import LocalPaths
from deploy.local.program import Program
from deploy.local.supervisor import Supervisor
paths = LocalPaths.of(sys.argv[1])
def program(name, code):
    return Program(name=name, argv=[sys.executable, "-c", code], env={{}}, paths=paths, patience_s=2)
async def main():
    async with Supervisor(paths) as stack:
        stack.start(EmbeddedBroker(paths))
        codes = {{"obedient": {OBEDIENT!r}, "stubborn": {STUBBORN!r}, "pool": {WITH_WORKER!r}}}
        stack.start(*(program(name, code) for name, code in codes.items()))
        for name in codes:
            while not paths.log(name).read_text():
                await asyncio.sleep(0.01)
        print(json.dumps(list(stack.pids().values()) + [int(paths.log("pool").read_text())]), flush=True)
        await stack.stopping.wait()
asyncio.run(main())
"""


def program(paths: LocalPaths, name: str, code: str, patience_s: float = 5.0) -> Program:
    return Program(name=name, argv=[sys.executable, "-c", code], env={}, paths=paths, patience_s=patience_s)


def wait_until(condition: Callable[[], bool], within_s: float = 15.0) -> bool:
    until = time.monotonic() + within_s
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


async def eventually(condition: Callable[[], bool]) -> bool:
    return await asyncio.to_thread(wait_until, condition, 10.0)


def says(paths: LocalPaths, name: str, times: int = 1) -> bool:
    log = paths.log(name)
    return log.exists() and log.read_text(encoding="utf-8").count("up") >= times


@contextlib.contextmanager
def launched(paths: LocalPaths):  # type: ignore[no-untyped-def]
    """A launcher of its own process and the pids of everything it started."""
    with subprocess.Popen([sys.executable, "-c", LAUNCHER, str(paths.root)], stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout is not None
        yield launcher, json.loads(launcher.stdout.readline())
        launcher.kill()


async def test_a_child_that_dies_unasked_is_started_again_and_said_so(stack: LocalPaths) -> None:
    said: list[str] = []
    async with Supervisor(stack, say=said.append) as supervisor:
        child = program(stack, "grading", OBEDIENT)
        supervisor.start(child)
        for round_ in (1, 2):
            assert await eventually(lambda times=round_: says(stack, "grading", times))  # type: ignore[misc]
            first = child.pid
            child.signal(signal.SIGKILL)
            assert await eventually(lambda before=first: child.pid not in (None, before))  # type: ignore[misc]
        assert [line.startswith("grading died and was started again") for line in said] == [True, True]
    assert not child.alive
    assert processes.running(stack.run) == []
    assert [line for line in said if "stop" in line] == []


async def test_a_child_that_dies_at_once_is_started_ever_more_slowly(stack: LocalPaths) -> None:
    said: list[str] = []
    async with Supervisor(stack, say=said.append) as supervisor:
        began = time.monotonic()
        supervisor.start(program(stack, "broken", "raise SystemExit(3)"))
        assert await eventually(lambda: len(said) >= 3)
        assert time.monotonic() - began > 0.2 + 0.4 + 0.8


async def test_the_broker_is_kept_like_a_program(stack: LocalPaths) -> None:
    broker = EmbeddedBroker(stack)
    async with Supervisor(stack, say=lambda _: None) as supervisor:
        supervisor.start(broker)
        first, pid = broker.cluster_id, broker.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert await eventually(lambda: broker.alive and broker.cluster_id != first)
    assert not broker.alive


async def test_groups_stop_in_reverse_and_the_stubborn_are_killed(stack: LocalPaths) -> None:
    order: list[tuple[str, str]] = []

    class Noted(Program):
        def stop(self) -> None:
            order.append(("asked", self.name))
            super().stop()
            order.append(("alive" if self.alive else "gone", self.name))

    def noted(name: str, code: str) -> Noted:
        return Noted(name=name, argv=[sys.executable, "-c", code], env={}, paths=stack, patience_s=0.5)

    async with Supervisor(stack) as supervisor:
        for name, code in (("first", OBEDIENT), ("second", STUBBORN)):
            supervisor.start(noted(name, code))
        assert await eventually(lambda: says(stack, "first") and says(stack, "second"))
        await supervisor.stop()
        assert order == [("asked", "second"), ("gone", "second"), ("asked", "first"), ("gone", "first")]
        assert supervisor.pids() == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running_whatever_ends_the_launcher(stack: LocalPaths, number: signal.Signals) -> None:
    with launched(stack) as (launcher, pids):
        launcher.send_signal(number)
        launcher.wait(20)
        assert wait_until(lambda: not any(processes.start_mark(pid) for pid in pids))
        assert wait_until(lambda: not list(stack.run.glob("*.pid")) or number == signal.SIGKILL)


def test_stop_ends_a_running_stack_and_says_what_it_was(stack: LocalPaths) -> None:
    with launched(stack) as (launcher, pids):
        assert set(stop_stack(stack.root)) == {"launcher", "broker", "obedient", "stubborn", "pool"}
        assert launcher.wait(5) == 0
        assert not any(processes.start_mark(pid) for pid in pids)
    assert stop_stack(stack.root) == []


async def test_two_launchers_cannot_have_one_folder(stack: LocalPaths) -> None:
    with launched(stack):
        with pytest.raises(StackRunningError, match="already running"):
            async with Supervisor(stack):
                pass
        stop_stack(stack.root)


def test_a_pid_file_that_names_a_stranger_ends_nobody(stack: LocalPaths) -> None:
    with subprocess.Popen(["/bin/sleep", "60"]) as stranger:
        processes.write_record(stack.run, "grading", stranger.pid, stop_signal=signal.SIGTERM, patience_s=1)
        file = stack.run / "grading.pid"
        file.write_text(
            json.dumps({**json.loads(file.read_text(encoding="utf-8")), "started": "long ago"}), encoding="utf-8"
        )
        assert stop_stack(stack.root) == []
        assert stranger.poll() is None
        assert not file.exists()
        stranger.kill()


async def test_output_is_appended_to_one_log_a_process(stack: LocalPaths) -> None:
    await asyncio.to_thread(stack.log("talker").write_text, "before\n", encoding="utf-8")
    async with Supervisor(stack) as supervisor:
        talk = "import sys, signal; print('out', flush=True); print('up', file=sys.stderr, flush=True); signal.pause()"
        supervisor.start(program(stack, "talker", talk))
        assert await eventually(lambda: says(stack, "talker"))
    written = await asyncio.to_thread(stack.log("talker").read_text, encoding="utf-8")
    assert written.splitlines() == ["before", "out", "up"]
