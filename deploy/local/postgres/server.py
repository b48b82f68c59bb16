"""The server itself: made once, started on a port it keeps, stopped without a trace, never outliving the launcher."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import ports, processes
from deploy.local.paths import LocalPaths
from deploy.local.postgres.cluster import environment, make_cluster
from deploy.local.postgres.home import Home, PostgresError, find_home

_READY_WITHIN_S = 120.0
"""Recovery after a crash in mid-load takes seconds, on a slow disk more."""
_FAST_STOP_S = 60.0
_IMMEDIATE_STOP_S = 10.0
_LOCK_HELD = (b"lock file", b"shared memory block is still in use")
_PORT_TAKEN = b"could not bind"
_STRANGER_AFTER_S = 3.0
_PORT_FREE_WITHIN_S = 5.0
_PAUSE_S = 0.02
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",  # a long path breaks a socket's name
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    # An acknowledged delivery must survive the power cut: these two stay on, on a laptop too.
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_buffers": "16MB",
    "wal_compression": "pglz",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """One cluster for one stack, over TCP on 127.0.0.1. Start it from the main thread."""

    def __init__(
        self, paths: LocalPaths, *, say: Callable[[str], None] | None = None, settings: Mapping[str, str] = _SETTINGS
    ) -> None:
        """`say` gets the one line that names a folder elsewhere; it goes to stdout unless said otherwise. `settings`
        of PostgreSQL's win over ours."""
        self.name = "postgres"
        self._paths = paths
        self._say = say or _print
        self._settings = {**_SETTINGS, **settings}
        self._home: Home | None = None
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    @property
    def home(self) -> Home:
        """Where it lives. Raises PostgresError before the first start."""
        if self._home is None:
            raise PostgresError("the database was never started")
        return self._home

    @property
    def port(self) -> int:
        """The loopback port. Raises PostgresError before the first start."""
        if self._port is None:
            raise PostgresError("the database was never started")
        return self._port

    @property
    def superuser_dsn(self) -> str:
        """`postgresql://postgres:password@127.0.0.1:port/postgres`."""
        password = self.home.password_file.read_text(encoding="ascii")
        return f"postgresql://postgres:{password}@{ports.LOOPBACK}:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """The postmaster's, None while it is not running."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def alive(self) -> bool:
        """Whether the postmaster is running."""
        return self.pid is not None

    def start(self) -> None:
        """Makes the cluster if there is none, starts the server, returns when it takes connections.

        Raises PostgresError. After kill -9 the dead server's lock may stand for a moment: tried again until it falls.
        """
        if self.alive:
            return
        self._paths.make()
        if self._home is None:
            self._home = find_home(self._paths, self._say)
        self._end_left_over()
        make_cluster(self._home, self._paths.log(self.name))
        until = time.monotonic() + _READY_WITHIN_S
        began = time.monotonic()
        restart = self._port is not None
        self._port = self._choose_port()
        while not self._launch(until):
            said = self._last_words()
            if _PORT_TAKEN in said and not restart:
                self._port = ports.free_port()
            elif not any(words in said for words in _LOCK_HELD) or time.monotonic() > until:
                raise PostgresError(f"PostgreSQL did not start: {said.decode(errors='replace').strip()}")
            elif time.monotonic() - began > _STRANGER_AFTER_S:
                self._remove_stranger_s_lock()
            time.sleep(5 * _PAUSE_S)
        self._home.port_file.write_text(str(self._port), encoding="ascii")

    def stop(self) -> None:
        """Ends all connections, checkpoints, ends the server; harder where that takes too long."""
        self._end((signal.SIGINT, _FAST_STOP_S), (signal.SIGQUIT, _IMMEDIATE_STOP_S))

    def kill(self) -> None:
        """kill -9 of the postmaster, for tests; its children see that it is gone and end by themselves."""
        self._end()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self, *gently: tuple[int, float]) -> None:
        process = self._process
        if process is None:
            return
        for number, within_s in gently:
            if process.poll() is None:
                process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(within_s)
        if process.poll() is None:
            process.kill()
        process.wait()
        self._process = None
        processes.forget(self._paths.run, self.name)

    def _end_left_over(self) -> None:
        """A server whose launcher was killed may still be writing its last checkpoint."""
        record = processes.read_record(self._paths.run, self.name)
        if record is None:
            return
        own = record.keeper == processes.own_identity()
        if processes.is_running(record) and not own and processes.lives(record.keeper):
            raise PostgresError(f"the database of {self._paths.root} is in use by another running stack")
        processes.end(self._paths.run, [record])

    def _choose_port(self) -> int:
        """The port of before, once the children of a killed server let go of it. A restart may take no other, for the
        services know this one; a new launcher may. Raises PostgresError."""
        restart = self._port is not None
        port = self._port
        if port is None:
            with contextlib.suppress(FileNotFoundError, ValueError):
                port = int(self.home.port_file.read_text(encoding="ascii"))
        if port is None:
            return ports.free_port()
        until = time.monotonic() + _PORT_FREE_WITHIN_S
        while not ports.is_free(port):
            if time.monotonic() > until:
                if restart:
                    raise PostgresError(f"port {port} is held by another program")
                return ports.free_port()
            time.sleep(_PAUSE_S)
        return port

    def _launch(self, until: float) -> bool:
        """One try; False where the server ended by itself."""
        settings = {**self._settings, "port": str(self._port)}
        self._log_from = self._log_size()
        self._process = process = processes.spawn(
            [
                str(self.home.program("postgres")),
                "-D",
                str(self.home.data),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            env=environment(),
            cwd=Path("/"),
            log=self._paths.log(self.name),
            # Fast shutdown: sessions end, the next start needs no recovery.
            death_signal=signal.SIGINT,
            user=self.home.user,
        )
        processes.write_record(
            self._paths.run, self.name, process.pid, stop_signal=signal.SIGINT, patience_s=_FAST_STOP_S
        )
        while process.poll() is None:
            if self._is_ready(process.pid):
                return True
            if time.monotonic() > until:
                self.stop()
                raise PostgresError(f"PostgreSQL is not ready after {_READY_WITHIN_S:.0f} s; see its log")
            time.sleep(_PAUSE_S)
        processes.forget(self._paths.run, self.name)
        return False

    def _is_ready(self, pid: int) -> bool:
        """As `pg_ctl` sees it: the lock file is this server's and its eighth line says so; no connection is needed."""
        lines = self._lock_file()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _lock_file(self) -> list[str]:
        try:
            return (self.home.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _remove_stranger_s_lock(self) -> None:
        """After a power cut the lock's pid may belong to another program, for which the server would wait for ever."""
        lines = self._lock_file()
        if lines and str(self.home.data) not in processes.command_line(int(lines[0])):
            (self.home.data / "postmaster.pid").unlink(missing_ok=True)

    def _log_size(self) -> int:
        log = self._paths.log(self.name)
        return log.stat().st_size if log.exists() else 0

    def _last_words(self) -> bytes:
        with self._paths.log(self.name).open("rb") as log:
            log.seek(self._log_from)
            return log.read()


def _print(line: str) -> None:
    print(line, flush=True)
