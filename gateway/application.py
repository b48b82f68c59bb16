"""The gateway as one ASGI application: what is proxied takes the short way past FastAPI, which serves the rest.

Every answer carries the security headers (security.py).
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from gateway.bodies import Body, ClientGoneError
from gateway.exchange import Exchange
from gateway.identity import LoggedIn, unauthenticated
from gateway.limits import Limits, address_of
from gateway.operations import PATHS as OWN
from gateway.proxy import Hop, Upstreams
from gateway.routes import JSON_LIMIT, REQUEST_S, WEBHOOK_LIMIT, Route, find
from gateway.security import secured
from gateway.webhooks import PREFIX as WEBHOOKS
from gateway.webhooks import Webhooks
from shared import problems
from shared.problems import Problem
from shared.web import Context

HEAD_LIMIT = 16 * 1024
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What main.py puts together."""

    local_app: FastAPI
    upstreams: Upstreams
    exchange: Exchange
    logged_in: LoggedIn
    webhooks: Webhooks
    limits: Limits
    strict_transport: bool


class Gateway:
    """The ASGI callable."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._framed = Context(self._pass_on)
        self.stopping: asyncio.Event = parts.local_app.state.stopping

    def own_document(self) -> dict[str, Any]:
        """The OpenAPI document of the gateway's own routes."""
        return self._parts.local_app.openapi()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} here")
        _drop_strange_request_ids(scope)
        send = secured(send, strict_transport=self._parts.strict_transport)
        path: str = scope["path"]
        route = find(path, scope.get("raw_path", b"").decode("latin-1"))
        outside = path.startswith(("/api/", "/webhooks/", "/internal")) and not path.startswith(OWN)
        if route is not None or outside or _head_size(scope) > HEAD_LIMIT:
            scope["gateway_route"] = route
            await self._framed(scope, receive, send)
        else:
            await self._parts.local_app(scope, _bounded(receive), send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        route: Route | None = scope["gateway_route"]
        path: str = scope["path"]
        delivery = path.startswith(WEBHOOKS) and "/" not in path[len(WEBHOOKS) :]
        limit = WEBHOOK_LIMIT if delivery else route.body_limit if route else JSON_LIMIT
        body = Body(scope["headers"], receive, limit)
        try:
            if _head_size(scope) > HEAD_LIMIT:
                raise Problem(problems.HEAD_TOO_LARGE)
            if delivery:
                scope["route"] = SimpleNamespace(path=WEBHOOKS + "{vendor}")
                await self._parts.webhooks.deliver(scope, body, send)
            elif route is None:
                raise Problem(problems.NOT_FOUND)
            else:
                scope["route"] = route
                await self._proxy(route, scope, body, send)
        except Problem as problem:
            await _refuse(problem, scope, body, send)
        except ClientGoneError:
            return

    async def _proxy(self, route: Route, scope: Scope, body: Body, send: Send) -> None:
        parts = self._parts
        token = None
        if route.public:
            parts.limits.anonymous.take(address_of(scope))
        else:
            account = await parts.logged_in.account_of(scope)
            token = await parts.exchange.token(account, route.service)
            if token is None:
                raise unauthenticated()
        body.refuse_declared()
        target = route.rewritten(scope["raw_path"].decode("ascii"))
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        hop = Hop(route.service, scope["method"], target, route.seconds, token)
        await parts.upstreams.forward(hop, scope, body, None, send)


def _drop_strange_request_ids(scope: Scope) -> None:
    headers = scope["headers"]
    for name, value in headers:
        if name == b"x-request-id" and not _REQUEST_ID.fullmatch(value):
            scope["headers"] = [row for row in headers if row[0] != b"x-request-id"]
            return


def _bounded(receive: Receive) -> Receive:
    """The gateway's own routes read no body over the limit of JSON, and wait for none longer than for an answer."""
    read, complete = 0, False
    ends = asyncio.get_running_loop().time() + REQUEST_S

    async def bounded() -> Message:
        nonlocal read, complete
        try:
            async with asyncio.timeout_at(None if complete else ends):
                message = await receive()
        except TimeoutError:
            raise _refused(408) from None
        read += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if read > JSON_LIMIT:
            raise _refused(413)
        return message

    return bounded


def _refused(status: int) -> HTTPException:
    """What ends the reading of a body: FastAPI lets only its own kind through."""
    return HTTPException(status, headers={"connection": "close"})


def _head_size(scope: Scope) -> int:
    """The bytes of path and headers; a token's length is identity's to refuse, with the 401 of any bad token."""
    size = len(scope.get("raw_path", b"")) + len(scope["query_string"])
    for name, value in scope["headers"]:
        if name != b"authorization":
            size += len(name) + len(value) + 4
    return size


async def _refuse(problem: Problem, scope: Scope, body: Body, send: Send) -> None:
    """The problem; where the body was not read to its end the connection closes after it."""
    language = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    if not body.complete:
        problem = replace(problem, headers={**problem.headers, "connection": "close"})
    response = problems.answer(problem, scope["path"], language)
    start = {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
    await send(start)
    content = b"" if scope["method"] == "HEAD" else bytes(response.body)
    await send({"type": "http.response.body", "body": content, "more_body": True})
    if not body.complete:
        await body.linger()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
