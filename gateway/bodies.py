"""Request bodies, counted while they stream: Content-Length may lie or be absent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.types import Receive

from shared import problems
from shared.problems import Problem

SMALL = 64 * 1024
"""A body declared no larger than this is read whole and sent on in one piece."""

LINGER_BYTES = 4 * 1024 * 1024
LINGER_S = 2.0


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete."""


class Body:
    """One request's body. Never more than `limit` bytes are taken from the client for the service behind."""

    def __init__(self, headers: list[tuple[bytes, bytes]], receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._read = 0
        self.fault: Exception | None = None
        lengths = [value for name, value in headers if name == b"content-length"]
        self.declared = int(lengths[0]) if lengths and lengths[0].isdigit() else None
        chunked = any(name == b"transfer-encoding" for name, _ in headers)
        self.empty = not chunked and not self.declared
        self.complete = self.empty

    def refuse_declared(self) -> None:
        """Raises Problem 413 where the declared length alone is too large."""
        if self.declared is not None and self.declared > self._limit:
            raise too_large()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises Problem 413 past the limit, ClientGoneError; both also stay in `fault`,
        since an HTTP client that sends from this wraps what it raises."""
        while not self.complete:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.fault = ClientGoneError()
                raise self.fault
            chunk = message.get("body", b"")
            self._read += len(chunk)
            self.complete = not message.get("more_body", False)
            if self._read > self._limit:
                self.fault = too_large()
                raise self.fault
            if chunk:
                yield chunk

    async def whole(self, seconds: float) -> bytes:
        """All of it. Raises Problem 408 where it takes longer than that."""
        try:
            async with asyncio.timeout(seconds):
                parts = [chunk async for chunk in self.chunks()]
        except TimeoutError:
            raise too_slow() from None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def linger(self) -> None:
        """Reads on for a moment after a refusal, so that a client still sending gets to read the answer."""
        drained = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while not self.complete and drained < LINGER_BYTES:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        return
                    drained += len(message.get("body", b""))
                    self.complete = not message.get("more_body", False)


def too_large() -> Problem:
    """413, whoever counted."""
    return Problem(problems.TOO_LARGE)


def too_slow() -> Problem:
    """408: the client did not send its body in time."""
    return Problem(problems.REQUEST_TIMEOUT)
