"""Keeps the stack's processes running while the launcher lives, and leaves none when it ends, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from deploy.local import processes
from deploy.local.guardian import Guardian
from deploy.local.paths import LocalPaths
from deploy.local.program import Part

LAUNCHER = "launcher"
_LOOK_EVERY_S = 0.1
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_SOUND_AFTER_S = 30.0
_LAUNCHER_PATIENCE_S = 90.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StackRunningError(RuntimeError):
    """Another launcher holds this LOCAL_DIR; the message says so and what to do."""


@dataclass
class _Kept:
    part: Part
    pause_s: float = _FIRST_PAUSE_S
    since: float = field(default_factory=time.monotonic)
    due: float | None = None
    """When it is to be started again; None while it runs."""


class Supervisor:
    """`async with Supervisor(paths) as stack:` takes LOCAL_DIR for this launcher and keeps what `start` is given.

    SIGINT and SIGTERM set `stopping`; leaving the block stops everything, the last started first. Parts are started
    in the event loop's thread, the main one (see `processes.spawn`): a database in recovery holds the loop that long.
    """

    def __init__(self, paths: LocalPaths, *, say: Callable[[str], None] | None = None) -> None:
        self.paths = paths
        self.stopping = asyncio.Event()
        self._say = say or _print
        self._groups: list[list[_Kept]] = []
        self._guardian = Guardian(paths.run)
        self._lock: IO[bytes] | None = None
        self._signals: list[signal.Signals] = []
        self._held: set[str] = set()
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Raises StackRunningError, OSError. Ends what a launcher that was killed may have left."""
        self.paths.make()
        self._lock = _locked(self.paths)
        orphans = [record for record in processes.records(self.paths.run) if not processes.lives(record.keeper)]
        await asyncio.to_thread(processes.end, self.paths.run, orphans)
        self._guardian.start()
        processes.write_record(
            self.paths.run, LAUNCHER, os.getpid(), stop_signal=signal.SIGTERM, patience_s=_LAUNCHER_PATIENCE_S
        )
        # What was ignored when we began stays so, as `nohup` wants for SIGHUP.
        self._signals = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
        for number in self._signals:
            asyncio.get_running_loop().add_signal_handler(number, self.stopping.set)
        self._watcher = asyncio.create_task(self._watch())
        # A watcher that fails ends the stack instead of leaving it unwatched; `stop` raises what it failed with.
        self._watcher.add_done_callback(lambda _: self.stopping.set())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.stop()
        finally:
            await asyncio.to_thread(self._guardian.close)
            processes.forget(self.paths.run, LAUNCHER)
            for number in self._signals:
                asyncio.get_running_loop().remove_signal_handler(number)
            if self._lock is not None:
                self._lock.close()

    def start(self, *parts: Part) -> None:
        """Starts parts that will also be stopped together. A part that is already running is taken over."""
        group: list[_Kept] = []
        self._groups.append(group)
        for part in parts:
            if not part.alive:
                part.start()
            group.append(_Kept(part))

    def pids(self) -> dict[str, int]:
        """The running parts by name."""
        return {kept.part.name: pid for kept in self._kept() if (pid := kept.part.pid) is not None}

    def hold(self, name: str) -> None:
        """A part that dies stays dead until `release`: an outage as long as a test wants it."""
        self._held.add(name)

    def release(self, name: str) -> None:
        """It is started again with the next look."""
        self._held.discard(name)

    async def stop(self) -> None:
        """Stops all: groups in reverse order, the parts of a group at the same time. May be called again."""
        self.stopping.set()
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            await asyncio.wait([watcher])
        while self._groups:
            group = self._groups[-1]
            await asyncio.gather(*(asyncio.to_thread(kept.part.stop) for kept in group))
            self._groups.pop()
        if watcher is not None:
            watcher.result()

    def _kept(self) -> list[_Kept]:
        return [kept for group in self._groups for kept in group]

    async def _watch(self) -> None:
        while not self.stopping.is_set():
            now = time.monotonic()
            for kept in self._kept():
                self._look_at(kept, now)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), _LOOK_EVERY_S)

    def _look_at(self, kept: _Kept, now: float) -> None:
        if kept.due is None:
            if kept.part.alive:
                return
            if now - kept.since >= _SOUND_AFTER_S:
                kept.pause_s = _FIRST_PAUSE_S
            kept.due = now + kept.pause_s
            kept.pause_s = min(2 * kept.pause_s, _LONGEST_PAUSE_S)
        if now < kept.due or kept.part.name in self._held:
            return
        try:
            kept.part.start()
        except (OSError, RuntimeError) as fault:
            self._say(f"{kept.part.name} died and does not start: {fault}")
            kept.due = time.monotonic() + kept.pause_s
            kept.pause_s = min(2 * kept.pause_s, _LONGEST_PAUSE_S)
            return
        kept.due, kept.since = None, time.monotonic()
        self._say(f"{kept.part.name} died and was started again (pid {kept.part.pid})")


def stop_stack(local_dir: Path | str) -> list[str]:
    """Ends the launcher of this LOCAL_DIR, which ends the rest, then whatever is left; answers the names.

    For `make stop`. Only processes that the pid files name and that are still those very processes. Raises
    PermissionError where the stack belongs to another user.
    """
    run_dir = LocalPaths.of(local_dir).run
    names = [record.name for record in processes.running(run_dir)]
    processes.end(run_dir, [record for record in processes.records(run_dir) if record.name == LAUNCHER])
    processes.end(run_dir, processes.records(run_dir))
    return names


def _locked(paths: LocalPaths) -> IO[bytes]:
    """The lock falls by itself when the launcher dies; children do not inherit it."""
    lock = (paths.run / "launcher.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StackRunningError(f"a stack is already running in {paths.root}: stop it with `make stop`") from None
    return lock


def _print(line: str) -> None:
    print(line, file=sys.stdout, flush=True)
