"""Whatever the gateway refuses by itself is a problem in the language that is wanted, with the security headers."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from gateway import application, limits, routes
from gateway.exchange import Exchange
from gateway.limits import Rate
from gateway.security import ALWAYS
from gateway.server import BoundedProtocol
from gateway.settings import Settings
from shared import problems
from shared.problems import PROBLEM_JSON, Kind
from tests.gateway.conftest import Behind, Stack, running
from tests.gateway.test_webhooks import signed

OWN = "application/json"


@dataclass
class Answer:
    """What came back, header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


async def raw(stack: Stack, request: bytes) -> Answer:
    """Bytes on the wire; what the gateway answers until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(request)
    whole = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    head, _, content = whole.partition(b"\r\n\r\n")
    first, *rows = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in rows)}
    return Answer(int(first.split()[1]), headers, content)


async def ask(
    stack: Stack, method: str, path: str, language: str, headers: dict[str, str], body: bytes | None = None
) -> Answer:
    """A request by a client."""
    sent = headers | {"accept-language": language}
    data = None if body is None else io.BytesIO(body)
    async with stack.client.request(method, stack.url + path, headers=sent, allow_redirects=False, data=data) as answer:
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status, named, await answer.read())


@dataclass(frozen=True)
class Refusal:
    """A request that is refused, and as what. `log_in`: by an officer."""

    kind: Kind
    method: str
    path: str
    headers: dict[str, str] | None = None
    body: bytes | None = None
    log_in: bool = False


MANY = b"x" * (routes.WEBHOOK_LIMIT + 1)
REFUSALS = [
    Refusal(problems.BAD_REQUEST, "GET", "/api/v1/audit?cursor=none", log_in=True),
    Refusal(problems.UNAUTHENTICATED, "GET", "/api/v1/people"),
    Refusal(problems.UNAUTHENTICATED, "GET", "/me", {"authorization": "Bearer a.b.c"}),
    Refusal(problems.UNAUTHENTICATED, "POST", "/webhooks/lms/viettel", {"content-type": OWN}, b"{}"),
    Refusal(problems.FORBIDDEN, "POST", "/logout", {"origin": "https://elsewhere.example"}),
    Refusal(problems.NOT_FOUND, "GET", "/nothing"),
    Refusal(problems.NOT_FOUND, "GET", "/api/v1/nothing"),
    Refusal(problems.NOT_FOUND, "GET", "/internal/grants"),
    Refusal(problems.NOT_FOUND, "GET", "/webhooks/lms/viettel/more"),
    Refusal(problems.NOT_FOUND, "GET", "/assets/none.js"),
    Refusal(problems.NOT_FOUND, "POST", "/local/token", {"content-type": OWN}, b'{"account": "nobody@x.vn"}'),
    Refusal(problems.METHOD_NOT_ALLOWED, "DELETE", "/me"),
    Refusal(problems.METHOD_NOT_ALLOWED, "POST", "/login"),
    Refusal(problems.METHOD_NOT_ALLOWED, "GET", "/webhooks/lms/viettel"),
    Refusal(problems.TOO_LARGE, "POST", "/api/v1/people", body=MANY, log_in=True),
    Refusal(problems.TOO_LARGE, "POST", "/webhooks/lms/viettel", {"content-type": OWN}, MANY),
    Refusal(problems.TOO_LARGE, "POST", "/local/token", {"content-type": OWN}, MANY),
    Refusal(problems.UNSUPPORTED_MEDIA, "POST", "/webhooks/lms/viettel", {"content-type": "text/plain"}, b"{}"),
    Refusal(problems.UNSUPPORTED_MEDIA, "POST", "/local/token", {"content-type": "text/plain"}, b"{}"),
    Refusal(problems.INVALID, "GET", "/me?unheard=of", log_in=True),
    Refusal(problems.INVALID, "POST", "/local/token", {"content-type": OWN}, b"{"),
    Refusal(problems.HEAD_TOO_LARGE, "GET", "/verify/x", {"x-a": "a" * (application.HEAD_LIMIT + 1)}),
]


def assert_is(answer: Answer, kind: Kind, language: str) -> None:
    """The kind, in the language, with all that every answer carries."""
    assert (answer.status, answer.headers["content-type"]) == (kind.status, PROBLEM_JSON), answer.body
    assert answer.headers["content-language"] == language
    content = json.loads(answer.body)
    assert content["type"] == f"https://bdtx.vn/problems/{kind.slug}"
    assert (content["title"], content["status"]) == (kind.en if language == "en" else kind.vi, kind.status)
    for name, value in ALWAYS:
        assert answer.headers[name.decode()] == value.decode()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("one", REFUSALS, ids=lambda one: f"{one.kind.status} {one.method} {one.path}")
async def test_a_refusal_is_a_problem(stack: Stack, one: Refusal, language: str) -> None:
    headers = (one.headers or {}) | (await stack.login() if one.log_in else {})
    assert_is(await ask(stack, one.method, one.path, language, headers, one.body), one.kind, language)


@asynccontextmanager
async def before(environment: dict[str, Any], behind: str) -> AsyncIterator[Stack]:
    """A gateway whose services are all at one address."""
    folder = environment["signing_key_file"].parent
    urls = {f"{name}_URL": behind for name in ("ROSTER", "GRADING", "CERTIFICATES", "REPORTING")}
    async with running(Settings(**{**environment, **urls}), Behind(folder / "jwks.json"), folder) as stack:
        yield stack


@asynccontextmanager
async def saying(words: bytes) -> AsyncIterator[str]:
    """A service that answers every request with these bytes; with none it keeps silent until it is given up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        if not words:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


Languages = pytest.mark.parametrize("language", ["vi", "en"])
IMPATIENT = routes.Route("/verify", routes.Service.CERTIFICATES, public=True, seconds=0.2)
NO_HTTP = b"220 mail.example ESMTP\r\n\r\n"


@Languages
async def test_a_service_that_is_down_that_talks_nonsense_that_is_slow(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    async with before(environment, "http://127.0.0.1:9") as stack:
        for method, path, headers in (("GET", "/verify/x", {}), ("POST", "/webhooks/lms/viettel", signed(b"{}"))):
            answer = await ask(stack, method, path, language, headers, b"{}" if method == "POST" else None)
            assert_is(answer, problems.UNAVAILABLE, language)
            assert answer.headers["retry-after"] == "2"
    async with saying(NO_HTTP) as url, before(environment, url) as stack:
        assert_is(await ask(stack, "GET", "/verify/x", language, {}), problems.BAD_GATEWAY, language)
    monkeypatch.setattr(application, "find", lambda path, raw_path: IMPATIENT)
    async with saying(b"") as url, before(environment, url) as stack:
        assert_is(await ask(stack, "GET", "/verify/x", language, {}), problems.GATEWAY_TIMEOUT, language)


@Languages
async def test_too_many_too_slow_and_a_fault_of_our_own(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(limits, "ANONYMOUS", Rate(0.5 / limits.LOCAL_FACTOR, 1 / limits.LOCAL_FACTOR))
    async with before(environment, "http://127.0.0.1:9") as stack:
        assert (await ask(stack, "GET", "/verify/x", language, {})).status == 503
        for path in ("/verify/x", "/", "/status", "/login", "/docs", "/openapi.json", "/asyncapi.json", "/me"):
            answer = await ask(stack, "GET", path, language, {})
            assert_is(answer, problems.TOO_MANY, language)
            assert answer.headers["retry-after"] == "2"
    monkeypatch.undo()
    async with before(environment, "http://127.0.0.1:9") as stack:
        monkeypatch.setattr(application, "REQUEST_S", 0.2)
        monkeypatch.setattr(application, "find", lambda path, raw_path: IMPATIENT if path == "/verify" else None)
        rest = f"host: x\r\ncontent-type: {OWN}\r\naccept-language: {language}\r\ncontent-length: 5\r\n\r\n{{"
        for path in ("/local/token", "/verify"):
            answer = await raw(stack, f"POST {path} HTTP/1.1\r\n{rest}".encode())
            assert_is(answer, problems.REQUEST_TIMEOUT, language)
        monkeypatch.undo()

        async def broken(self: Exchange, account: str) -> None:
            raise LookupError("a secret value")

        monkeypatch.setattr(Exchange, "principal", broken)
        token = {"content-type": OWN}
        answer = await ask(stack, "POST", "/local/token", language, token, b'{"account": "a@x.vn"}')
        assert_is(answer, problems.INTERNAL, language)
        assert b"secret" not in answer.body


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"no http at all\r\n\r\n", problems.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", problems.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx-a: " + b"a" * 100_000, problems.HEAD_TOO_LARGE),
        (b"GET / HTTP/1.1\r\nhost: x\r\n", problems.REQUEST_TIMEOUT),
    ],
    ids=lambda value: value.slug if isinstance(value, Kind) else "",
)
async def test_a_head_that_is_not_read_is_a_problem_in_vietnamese(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, head: bytes, kind: Kind
) -> None:
    monkeypatch.setattr(BoundedProtocol, "head_seconds", 1.0)
    assert_is(await raw(stack, head), kind, "vi")


def test_every_kind_that_the_gateway_raises_is_asked_for_here() -> None:
    here = {one.kind for one in REFUSALS} | {
        problems.UNAVAILABLE, problems.BAD_GATEWAY, problems.GATEWAY_TIMEOUT, problems.TOO_MANY,
        problems.REQUEST_TIMEOUT, problems.INTERNAL,
    }  # fmt: skip
    of_services = {problems.CONFLICT, problems.PRECONDITION_FAILED}
    assert here | of_services == set(problems.KINDS)
    assert not here & of_services
