"""A relay in a process of its own, so that it can be killed: `python -m tests.support.relay_process SERVICE`.

The addresses come by RELAY_DSN and KAFKA_BOOTSTRAP; SIGTERM ends it cleanly.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from shared.relay import Relay
from tests.support.log import bus_to

_CHECKOUT = Path(__file__).parents[2]


class RelayProcess:
    """The test's side of it."""

    def __init__(self, dsn: str, bootstrap: str, service: str) -> None:
        self._environment = {**os.environ, "RELAY_DSN": dsn, "KAFKA_BOOTSTRAP": bootstrap}
        self._service = service
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and does not wait."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.relay_process", self._service],
            env=self._environment,
            cwd=_CHECKOUT,
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


async def _run(service: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await Relay(os.environ["RELAY_DSN"], bus_to(os.environ["KAFKA_BOOTSTRAP"]), service).run(stop)


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1]))
