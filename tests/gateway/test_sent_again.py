"""A service's process that ends closes kept connections, now and then just as a request is on its way on one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.settings import Settings
from tests.gateway.conftest import Behind, running
from tests.gateway.test_webhooks import BODY, signed

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@asynccontextmanager
async def ending(heard: list[str]) -> AsyncIterator[str]:
    """A server whose connections carry one answer each; what comes next on them meets their end, unanswered."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for turn in range(2):
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            except asyncio.IncompleteReadError:
                break
            length = next((line.partition(":")[2] for line in head.split("\r\n") if "content-length" in line), "0")
            await reader.readexactly(int(length))
            heard.append(head.split()[0])
            if turn == 0:
                writer.write(ANSWER)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize(
    ("method", "path", "headers", "sent", "status"),
    [
        ("GET", "/verify/x", {}, 3, 200),
        ("POST", "/webhooks/lms/viettel", None, 3, 200),
        ("POST", "/verify", {"idempotency-key": "a-key"}, 3, 200),
        ("POST", "/verify", {}, 2, 503),
    ],
)
async def test_what_may_be_done_twice_is_sent_once_more_on_a_connection_of_its_own(
    environment: dict[str, Any], method: str, path: str, headers: dict[str, str] | None, sent: int, status: int
) -> None:
    heard: list[str] = []
    folder = environment["signing_key_file"].parent
    given = signed() if headers is None else headers
    async with ending(heard) as url:
        settings = Settings(**{**environment, "CERTIFICATES_URL": url, "GRADING_URL": url})
        async with running(settings, Behind(folder / "jwks.json"), folder) as stack:
            answers = []
            for _ in range(2):
                data = BODY if method == "POST" else None
                async with stack.client.request(method, stack.url + path, data=data, headers=given) as answer:
                    answers.append(answer.status)

    assert answers == [200, status]
    assert heard == [method.lower()] * sent
