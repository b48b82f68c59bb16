"""The hop to a service: aiohttp's client, streaming both ways (httpx falls to 1 % of direct at 64 connections)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from multidict import CIMultiDict
from starlette.types import Scope, Send
from yarl import URL

from gateway.bodies import SMALL, Body, too_slow
from gateway.routes import Service
from gateway.security import NAMES
from shared import problems
from shared.idempotency import KEY
from shared.problems import Problem
from shared.web import CALLED_AS

log = structlog.get_logger()

CONNECT_S = 10.0
"""A service that is down refuses at once; this is for one that nothing comes back from. The clock runs too while our
own process is not let to run: at 2 s a burst beside a busy machine saw connections time out that were there, and to
cut them off and begin anew only made the next burst."""
KEEP_ALIVE_S = 20.0
"""Less than the services' 30 s, so that a request is never sent on a connection they are closing."""
CONNECTIONS = 256

_SAFE = frozenset({"GET", "HEAD"})
_HOP_BY_HOP = frozenset({
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
    b"trailer", b"transfer-encoding", b"upgrade",
})  # fmt: skip
_NOT_SENT_ON = _HOP_BY_HOP | {
    b"host", b"content-length", b"expect", b"authorization", b"cookie", b"forwarded", b"via", b"x-real-ip",
    b"x-request-id", b"traceparent",
}  # fmt: skip
_NOT_HANDED_BACK = _HOP_BY_HOP | NAMES | {b"date", b"server", b"x-request-id", b"location"}


@dataclass(frozen=True)
class Hop:
    """Where a request goes: `target` is the path (and query) as the service knows it, percent-encoded."""

    service: Service
    method: str
    target: str
    seconds: float
    token: str | None
    repeatable: bool = False
    """Doing it twice is doing it once, whatever the method: the service knows a repeat by an id in it."""


class Upstreams:
    """The services' addresses and one pool of connections to them. Use it as an async context manager."""

    def __init__(self, bases: Mapping[Service, str]) -> None:
        self.bases = {service: base.rstrip("/") for service, base in bases.items()}

    async def __aenter__(self) -> Upstreams:
        self.session = _session(
            aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS, keepalive_timeout=KEEP_ALIVE_S, ttl_dns_cache=10)
        )
        self._fresh = _session(aiohttp.TCPConnector(limit=0, force_close=True, ttl_dns_cache=10))
        return self

    async def __aexit__(self, *fault: object) -> None:
        await self.session.close()
        await self._fresh.close()

    async def forward(self, hop: Hop, scope: Scope, body: Body, content: bytes | None, send: Send) -> None:
        """Sends the request on and streams the answer back. `content` is the body where it was read already.

        A call that may be done twice is sent once more where its connection was closed before any answer. Raises
        Problem 503 where the service is down, 502 where what it answers is no HTTP, 504 where it is slow, 413 past the
        limit; ClientGoneError.
        """
        headers = request_headers(scope, hop.token)
        called_as = scope["raw_path"].decode("latin-1")
        if hop.target.partition("?")[0] != called_as:
            headers[CALLED_AS.decode()] = called_as
        stream = None
        if content is None and not body.empty:
            if body.declared is not None and body.declared <= SMALL:
                content = await body.whole(hop.seconds)
            else:
                stream = body.chunks()
                if body.declared is not None:
                    headers["content-length"] = str(body.declared)
        elif content is not None and len(content) > SMALL:
            headers["content-length"] = str(len(content))
        twice = stream is None and (hop.repeatable or hop.method in _SAFE or KEY in headers)
        url = URL(self.bases[hop.service] + hop.target, encoded=True)
        try:
            async with asyncio.timeout(hop.seconds):
                answer = await self._ask(hop, url, headers, lambda: stream or _sent(content), twice)
        except (aiohttp.ClientConnectionError, OSError) as fault:
            raise _unanswered(fault, body, hop) from None
        except aiohttp.ClientError as fault:
            log.warning("service_answered_badly", service=hop.service, fault=type(fault).__name__)
            raise Problem(problems.BAD_GATEWAY) from None
        await self._hand_back(answer, hop, send)

    async def _ask(
        self, hop: Hop, url: URL, headers: CIMultiDict[str], data: Callable[[], Any], twice: bool
    ) -> aiohttp.ClientResponse:
        try:
            return await self.session.request(hop.method, url, headers=headers, data=data(), allow_redirects=False)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as fault:
            if not twice or isinstance(fault, aiohttp.ClientConnectorError):
                raise
            # A kept connection may be closed by a process that ends just as the request is on its way.
            log.info("sent_again", service=hop.service, fault=type(fault).__name__)
            return await self._fresh.request(hop.method, url, headers=headers, data=data(), allow_redirects=False)

    async def _hand_back(self, answer: aiohttp.ClientResponse, hop: Hop, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": answer.status,
            "headers": answer_headers(answer.raw_headers, self.bases[hop.service]),
        }
        await send(start)
        content = answer.content
        try:
            while True:
                if content.is_eof():  # all of it is here: no timer
                    chunk = content.read_nowait(-1)
                else:
                    async with asyncio.timeout(hop.seconds):
                        chunk = await content.readany()
                last = content.at_eof()
                await send({"type": "http.response.body", "body": chunk, "more_body": not last})
                if last:
                    return
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            # The status is out already. Returning without the end makes the server cut the connection, so that
            # the client knows it does not have the whole answer.
            log.warning("answer_cut_short", service=hop.service, fault=type(fault).__name__)
        finally:
            answer.release() if content.at_eof() else answer.close()


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("user-agent", "accept", "accept-encoding", "content-type"),
    )


def _sent(content: bytes | None) -> Any:
    return content if content is None or len(content) <= SMALL else _in_pieces(content)


async def _in_pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), SMALL):
        yield content[start : start + SMALL]


def _unanswered(fault: Exception, body: Body, hop: Hop) -> Exception:
    if body.fault is not None:  # the client's body ended it, not the service
        return body.fault
    if isinstance(fault, TimeoutError) and not isinstance(fault, aiohttp.ConnectionTimeoutError):
        if not body.complete and not body.empty:
            return too_slow()
        log.warning("service_slow", service=hop.service)
        return Problem(problems.GATEWAY_TIMEOUT)
    log.warning("service_down", service=hop.service, fault=type(fault).__name__)
    return unavailable()


def unavailable() -> Problem:
    """503: the service behind is down; it is worth another try."""
    return Problem(problems.UNAVAILABLE, headers={"retry-after": "2"})


def request_headers(scope: Scope, token: str | None) -> CIMultiDict[str]:
    """What the service gets to see: never a client's word on who it is, nor what belongs to one connection."""
    given: list[tuple[bytes, bytes]] = scope["headers"]
    dropped = _NOT_SENT_ON | _named_by_connection(given)
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in given:
        if name not in dropped and not name.startswith(b"x-forwarded-"):
            headers.add(name.decode("latin-1"), _text(value))
    headers["x-request-id"] = scope["state"]["request_id"]
    headers["traceparent"] = scope["state"]["traceparent"]
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return headers


def _named_by_connection(headers: list[tuple[bytes, bytes]]) -> frozenset[bytes]:
    named = [value for name, value in headers if name == b"connection"]
    return frozenset(part.strip().lower() for value in named for part in value.split(b","))


def _text(value: bytes) -> str:
    """aiohttp writes headers as UTF-8: bytes that are not pass as the characters of Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def answer_headers(raw: Any, base: str) -> list[tuple[bytes, bytes]]:
    """What the client gets to see; a redirect never shows the service's own address."""
    lowered = [(name.lower(), value) for name, value in raw]
    dropped = _NOT_HANDED_BACK | _named_by_connection(lowered)
    headers = [(name, value) for name, value in lowered if name not in dropped]
    for name, value in lowered:
        if name == b"location":
            place = value.decode("latin-1")
            headers.append((name, (place.removeprefix(base) or "/").encode("latin-1")))
    return headers
