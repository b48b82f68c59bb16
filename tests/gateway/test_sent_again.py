"""A service's process that ends closes kept connections, now and then just as a request is on its way on one; one that
is busy lets no new connection in for a while."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway import proxy
from gateway.settings import Settings
from tests.gateway.conftest import Behind, running
from tests.gateway.test_webhooks import BODY, send, signed

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


@asynccontextmanager
async def full(after_s: float | None, heard: list[str]) -> AsyncIterator[str]:
    """A listening server that lets nobody in (the kernel drops what would connect) until so many seconds are over."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        except asyncio.IncompleteReadError:  # one of those that filled it
            writer.close()
            return
        length = next((line.partition(":")[2] for line in head.split("\r\n") if "content-length" in line), "0")
        heard.append(f"{head.split()[0]} {len(await reader.readexactly(int(length)))}")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async def open_up(seconds: float) -> None:
        await asyncio.sleep(seconds)  # the fault itself
        opened.append(await asyncio.start_server(serve, sock=listener))

    opened: list[asyncio.Server] = []
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for one in (first, second):
            one.settimeout(0)
            one.connect_ex(listener.getsockname())
        opening = asyncio.create_task(open_up(after_s)) if after_s is not None else None
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        if opening is not None:
            await opening
        for server in opened:
            server.close()


async def test_a_service_that_lets_nobody_in_for_some_seconds_is_waited_for(environment: dict[str, Any]) -> None:
    """So it looks too when this process itself was not let to run while it connected."""
    heard: list[str] = []
    folder = environment["signing_key_file"].parent
    async with full(2.5, heard) as url:
        settings = Settings(**{**environment, "GRADING_URL": url})
        async with running(settings, Behind(folder / "jwks.json"), folder) as stack:
            assert (await send(stack, signed()))[0] == 200
    assert heard == [f"post {len(BODY)}"]


async def test_one_that_never_lets_anybody_in_is_503(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "CONNECT_S", 0.3)
    folder = environment["signing_key_file"].parent
    async with full(None, []) as url:
        settings = Settings(**{**environment, "CERTIFICATES_URL": url})
        async with running(settings, Behind(folder / "jwks.json"), folder) as stack:
            began = time.monotonic()
            async with stack.client.get(f"{stack.url}/verify/x") as answer:
                assert (answer.status, answer.headers["retry-after"]) == (503, "2")
            assert time.monotonic() - began >= 0.3
