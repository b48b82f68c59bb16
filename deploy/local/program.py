"""What a supervisor keeps running: a part (a program, the database, the broker), and a program of our own."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy.local import processes
from deploy.local.paths import LocalPaths

CHECKOUT = Path(__file__).resolve().parents[2]


class Part(Protocol):
    """What is kept running: a program, the database, the broker."""

    name: str

    @property
    def pid(self) -> int | None:
        """None while it is not running."""

    @property
    def alive(self) -> bool:
        """False once it has ended, asked or unasked; asking reaps it."""

    def start(self) -> None:
        """Returns when it runs; called again after it died."""

    def stop(self) -> None:
        """Returns when it has ended."""


@dataclass(kw_only=True)
class Program:
    """A program of our own: `argv` with a full path first. Its environment is `env` and nothing else."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    paths: LocalPaths
    cwd: Path = CHECKOUT
    patience_s: float = 20.0
    """How long it may take to end after SIGTERM."""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None while it is not running."""
        return self._process.pid if self._process is not None and self.alive else None

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Of the last run; negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Starts it; what a former run left in its session is killed first. Raises OSError."""
        if self._process is not None:
            processes.kill_group(self._process.pid)
        self._process = processes.spawn(
            self.argv, env=self.env, cwd=self.cwd, log=self.paths.log(self.name), death_signal=signal.SIGTERM
        )
        processes.write_record(
            self.paths.run, self.name, self._process.pid, stop_signal=signal.SIGTERM, patience_s=self.patience_s
        )

    def signal(self, number: int) -> None:
        """Sends a signal, if it is running."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL for it and whatever is left in its session."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(self.patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        processes.kill_group(self._process.pid)
        processes.forget(self.paths.run, self.name)
