"""The hop: bytes through unchanged, limits counted on the wire, a service that is down, slow or breaks off."""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from gateway import application, routes
from gateway.routes import Service
from gateway.server import BoundedProtocol
from gateway.settings import Settings
from tests.gateway.conftest import Behind, Stack, running


async def test_path_query_and_body_pass_byte_for_byte(stack: Stack) -> None:
    body = os.urandom(300_000)
    url = f"{stack.url}/api/v1/people?q=Nguy%E1%BB%85n+V%C4%83n&x=%2F%3F"
    from yarl import URL

    async with stack.client.post(URL(url, encoded=True), data=body, headers=await stack.login()) as answer:
        noted = await answer.json()
    assert noted["query"] == "q=Nguy%E1%BB%85n+V%C4%83n&x=%2F%3F"
    assert (noted["length"], noted["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())


async def test_the_request_id_is_one_through_all_and_answered_once(stack: Stack) -> None:
    headers = await stack.login() | {"x-request-id": "abc-1", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    async with stack.client.get(f"{stack.url}/api/v1/people", headers=headers) as answer:
        assert answer.headers.getall("x-request-id") == ["abc-1"]
    passed = dict(stack.behind.last()["headers"])
    assert passed["x-request-id"] == "abc-1"
    assert passed["traceparent"].startswith(f"00-{'a' * 32}-")
    headers["x-request-id"] = 'x" onload='
    async with stack.client.get(f"{stack.url}/api/v1/people", headers=headers) as answer:
        assert "onload" not in answer.headers["x-request-id"]


async def test_a_large_answer_streams_and_headers_of_one_connection_stay_there(stack: Stack) -> None:
    async with stack.client.get(f"{stack.url}/api/v1/units/large", headers=await stack.login()) as answer:
        assert len(await answer.read()) == 64 * 65_536
        assert answer.headers["etag"] == '"v1"'
        assert "x-hop" not in answer.headers


async def test_a_redirect_shows_no_inner_address(stack: Stack) -> None:
    url = f"{stack.url}/api/v1/units/moved"
    async with stack.client.get(url, headers=await stack.login(), allow_redirects=False) as answer:
        assert answer.headers["location"] == "/api/v1/units?x=1"


async def test_an_answer_that_breaks_off_is_not_passed_as_whole(stack: Stack) -> None:
    with pytest.raises(aiohttp.ClientError):
        async with stack.client.get(f"{stack.url}/api/v1/units/cut", headers=await stack.login()) as answer:
            await answer.read()


async def test_public_paths_pass_without_a_log_in_and_without_a_token(stack: Stack) -> None:
    headers = {"authorization": "Bearer a.b.c", "accept": "text/html"}
    async with stack.client.get(f"{stack.url}/verify/abc", headers=headers) as answer:
        assert answer.status == 200
    noted = stack.behind.last()
    assert "authorization" not in dict(noted["headers"])
    assert dict(noted["headers"])["accept"] == "text/html"


async def _pieces(total: int) -> Any:
    for _ in range(total // 65_536):
        yield b"x" * 65_536
    yield b"x" * (total % 65_536)


@pytest.mark.parametrize(("path", "limit"), [("/api/v1/people", routes.JSON_LIMIT), ("/verify", routes.UPLOAD_LIMIT)])
async def test_bodies_are_counted_with_and_without_a_declared_length(stack: Stack, path: str, limit: int) -> None:
    headers = await stack.login()
    for size, expected in ((limit, 200), (limit + 1, 413)):
        async with stack.client.post(stack.url + path, data=_pieces(size), headers=headers) as answer:
            assert answer.status == expected
        declared = headers | {"content-length": str(size)}
        async with stack.client.post(stack.url + path, data=_pieces(size), headers=declared) as answer:
            assert answer.status == expected


async def _raw(stack: Stack, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(request)
    answer = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return answer


async def test_headers_over_16_kib_are_431(stack: Stack) -> None:
    answer = await _raw(stack, b"GET /verify/x HTTP/1.1\r\nhost: x\r\nx-a: " + b"a" * 17_000 + b"\r\n\r\n")
    assert b" 431 " in answer
    assert stack.behind.seen == []


async def test_a_head_without_end_is_cut_off_in_bytes_and_in_time(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert b" 431 " in await _raw(stack, b"GET / HTTP/1.1\r\nhost: x\r\nx-a: " + b"a" * 100_000)
    monkeypatch.setattr(BoundedProtocol, "head_seconds", 0.2)
    assert b" 408 " in await _raw(stack, b"GET / HTTP/1.1\r\nhost: x\r\n")
    assert b" 408 " in await _raw(stack, b"")


async def test_slow_connections_leave_the_others_alone(stack: Stack) -> None:
    waiting = [await asyncio.open_connection("127.0.0.1", stack.port) for _ in range(200)]
    for _, writer in waiting:
        writer.write(b"POST /webhooks/lms/viettel HTTP/1.1\r\nhost: x\r\nconten")
    async with stack.client.get(f"{stack.url}/verify/x") as answer:
        assert answer.status == 200
    for _, writer in waiting:
        writer.close()


async def test_a_service_that_is_slow_is_504(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = await stack.login()
    slow = replace(next(route for route in routes.ROUTES if route.path == "/api/v1/units"), seconds=0.3)
    monkeypatch.setattr(application, "find", lambda path, raw: slow)
    async with stack.client.get(f"{stack.url}/api/v1/units/slow", headers=headers) as answer:
        assert answer.status == 504
        assert (await answer.json())["type"] == "https://bdtx.vn/problems/gateway-timeout"


async def test_a_client_that_does_not_send_its_body_is_408(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = replace(next(route for route in routes.ROUTES if route.path == "/verify"), seconds=0.3)
    monkeypatch.setattr(application, "find", lambda path, raw: slow)
    for length in (b"100", b"1000000"):
        answer = await _raw(stack, b"POST /verify HTTP/1.1\r\nhost: x\r\ncontent-length: " + length + b"\r\n\r\nx")
        assert b" 408 " in answer


async def test_nothing_behind_is_503_with_retry_after(environment: dict[str, Any], long_running: Stack) -> None:
    folder = environment["signing_key_file"].parent
    async with running(Settings(**environment), Behind(folder / "jwks.json"), folder) as alone:
        async with alone.client.get(f"{alone.url}/verify/x", headers={"accept-language": "en"}) as answer:
            assert (answer.status, answer.headers["retry-after"]) == (503, "2")
            assert (await answer.json())["title"] == "Temporarily unavailable, try again"
        async with alone.client.get(f"{alone.url}/readyz") as answer:
            assert answer.status == 200
        async with alone.client.get(f"{alone.url}/") as answer:
            assert "đang khởi động" in await answer.text()
        async with alone.client.get(f"{alone.url}/openapi.json") as answer:
            assert (await answer.json())["x-unavailable"] == list(Service)


async def test_the_metrics_name_the_route_never_the_path(stack: Stack) -> None:
    await (await stack.client.get(f"{stack.url}/verify/secret-token")).release()
    async with stack.client.get(f"{stack.url}/metrics") as answer:
        text = await answer.text()
    assert 'route="/verify"' in text
    assert "secret-token" not in text
