"""Ending an HTTP server without failing a call.

A server that closes an idle connection meets, now and then, a request that is already under way on it; no client can
tell whether such a POST was taken. So an ending process first answers with `Connection: close` for a moment: every
connection in use is given up by its client, and only those that stand idle are closed by the server.
"""

from __future__ import annotations

import asyncio

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DRAIN_S = 2.0
"""At most; a server without connections ends at once."""

_LOOK_EVERY_S = 0.05


class LastAnswers:
    """ASGI: while `stopping` is set each answer is the last one of its connection."""

    def __init__(self, app: ASGIApp, stopping: asyncio.Event) -> None:
        self._app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self._stopping.is_set():
                others = [row for row in message.get("headers", ()) if row[0].lower() != b"connection"]
                message["headers"] = [*others, (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive, closing)


async def drain(server: uvicorn.Server) -> None:
    """Until every connection is given up, DRAIN_S at most; then the server is told to end."""
    for _ in range(int(DRAIN_S / _LOOK_EVERY_S)):
        if not server.server_state.connections:
            break
        await asyncio.sleep(_LOOK_EVERY_S)
    server.should_exit = True
