"""The HTTP server: uvicorn with a bound on a request's head, in bytes and in time, which it does not have itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from http import HTTPStatus
from types import FrameType
from typing import Any, ClassVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.application import Gateway
from gateway.security import ALWAYS
from shared import problems
from shared.draining import LastAnswers, drain
from shared.problems import Kind, Problem

HEAD_BYTES = 64 * 1024
"""What is read of an unfinished head before the connection is closed; application.py refuses above 16 KiB with 431."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose request line and headers are too long (431), too slow (408) or no HTTP (400)."""

    head_seconds: ClassVar[float] = 20.0

    _in_head = True
    _head_read = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A new connection owes its first head within `head_seconds`."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the timer."""
        self._forget_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts while the parser is in a head: it collects one header's bytes without any bound."""
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_read += len(data)
            if self._head_read > HEAD_BYTES:
                self._refuse(problems.HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        if not self._in_head:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._in_head = False
        self._forget_timer()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP; `msg` is uvicorn's own, in English alone."""
        self._refuse(problems.BAD_REQUEST)

    def _expect_head(self) -> None:
        self._in_head = True
        self._head_read = 0
        self._forget_timer()
        self._head_timer = self.loop.call_later(self.head_seconds, self._refuse, problems.REQUEST_TIMEOUT)

    def _forget_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, kind: Kind) -> None:
        self._forget_timer()
        cycle: Any = self.cycle  # None before the first request
        answering = cycle is not None and not cycle.response_complete
        if not self.transport.is_closing():
            if not answering:  # a pipelined head must not write into the answer before it
                self.transport.write(refusal(kind))
            self.transport.close()


def refusal(kind: Kind) -> bytes:
    """The answer to a head that was not read, hence in Vietnamese."""
    answer = problems.answer(Problem(kind, headers={"connection": "close"}), "", None)
    lines = [b"HTTP/1.1 %d %s" % (kind.status, HTTPStatus(kind.status).phrase.encode())]
    lines += [b"%s: %s" % header for header in (*answer.raw_headers, *ALWAYS)]
    return b"\r\n".join([*lines, b"", bytes(answer.body)])


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:  # signals are handled in __main__
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Signals are handled in __main__."""


def server_of(app: ASGIApp, host: str, port: int) -> uvicorn.Server:
    """The server, not started. `FORWARDED_ALLOW_IPS` (uvicorn's own variable) names the proxies whose word on the
    client's address is taken; without it nobody's is."""
    return _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            loop="none",
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers="FORWARDED_ALLOW_IPS" in os.environ,
            timeout_graceful_shutdown=20,
            timeout_keep_alive=30,
            backlog=4_096,
        )
    )


async def serve(gateway: Gateway, host: str, port: int, stop: asyncio.Event) -> None:
    """Serves until `stop`: readiness goes first, then kept connections, then requests in flight end.

    Raises RuntimeError where it cannot.
    """
    server = server_of(LastAnswers(gateway, gateway.stopping), host, port)

    async def watch() -> None:
        await stop.wait()
        gateway.stopping.set()
        await drain(server)

    watcher = asyncio.create_task(watch())
    try:
        await server.serve()
    finally:
        watcher.cancel()
    if not stop.is_set():
        raise RuntimeError("the HTTP server ended unasked")
