"""A whole stack as `make run` starts it: real processes in a folder of their own, asked over HTTP, killed with -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

from deploy.local.paths import LocalPaths
from deploy.local.ports import free_port
from deploy.local.processes import read_record
from tests.support.databases import local_folder


class WholeStack:
    """One launcher. `lines` are what it printed so far."""

    def __init__(self, paths: LocalPaths, port: int, environment: dict[str, str]) -> None:
        self.paths = paths
        self.port = port
        self._environment = {
            **os.environ,
            "LOCAL_DIR": str(paths.root),
            "GATEWAY_PORT": str(port),
            **environment,
            "BDTX_ENV": "local",
        }
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self._tokens: dict[str, str] = {}

    def start(self) -> None:
        """Starts the launcher."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.run"],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is None:
            raise LookupError("a launcher without a pipe")
        for line in process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()

    def wait_for(self, beginning: str, within_s: float) -> str:
        """The first line that begins so. Fails with what was printed."""
        until = monotonic() + within_s
        with self._news:
            while True:
                found = next((line for line in self.lines if line.startswith(beginning)), None)
                if found is not None:
                    return found
                ended = self._process is not None and self._process.poll() is not None
                if ended or monotonic() > until:
                    raise AssertionError(f"no line {beginning!r} in {within_s} s:\n" + "\n".join(self.lines[-20:]))
                self._news.wait(0.5)

    def kill(self, name: str) -> None:
        """kill -9 of one process by its name; waits for it to be there, for it may just be starting again."""
        until = monotonic() + 30
        while monotonic() < until:
            record = read_record(self.paths.run, name)
            if record is not None:
                try:
                    os.kill(record.pid, signal.SIGKILL)
                except ProcessLookupError:
                    record = None
                else:
                    return
            sleep(0.05)
        raise AssertionError(f"{name} is not running")

    def stop(self) -> int:
        """SIGINT, as Ctrl-C sends it; answers the exit code."""
        self._http.close()
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        code = self._process.wait(60)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def call(self, account: str | None, method: str, path: str, **more: Any) -> httpx.Response:
        """One call through the gateway, in an account's name where one is given."""
        headers = dict(more.pop("headers", {}))
        if account is not None:
            if account not in self._tokens:
                answer = self._http.post("/local/token", json={"account": account})
                answer.raise_for_status()
                self._tokens[account] = answer.json()["access_token"]
            headers["authorization"] = f"Bearer {self._tokens[account]}"
        return self._http.request(method, path, headers=headers, **more)

    def get(self, account: str, path: str, **query: Any) -> Any:
        """The JSON of a read that must succeed."""
        answer = self.call(account, "GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def every(self, account: str, path: str, **query: Any) -> list[Any]:
        """All items of a list."""
        items: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(account, path, limit=500, **query, **cursor)
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = {"cursor": page["next"]}

    def faults(self) -> list[str]:
        """Every line of our processes' logs that says error or critical, or is a traceback outside a log line."""
        found = []
        for log in sorted(self.paths.logs.glob("*.log")):
            if log.name.startswith(("postgres", "broker")):
                continue
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
                if '"level": "error"' in line or '"level": "critical"' in line or line.startswith("Traceback"):
                    found.append(f"{log.name}: {line[:500]}")
        return found


@contextmanager
def whole_stack(name: str, **environment: str) -> Iterator[WholeStack]:
    """A stack of the test's own, stopped and gone afterwards."""
    with local_folder(name) as paths:
        one = WholeStack(paths, free_port(), environment)
        one.start()
        try:
            yield one
        finally:
            one.stop()
