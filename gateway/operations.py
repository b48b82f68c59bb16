"""`/api/v1/parked` and `/api/v1/audit` over all services: one service's pages after the other's, as one list.

Each service decides what the caller may see; one that is down makes the list 503, since a list that silently lacks
a service's parked events is worse than none.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import aiohttp
import msgspec
from fastapi import Depends, FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.exchange import Exchange
from gateway.identity import LoggedIn, unauthenticated
from gateway.proxy import Upstreams, unavailable
from gateway.routes import REQUEST_S, Service
from shared import problems
from shared.problems import Problem
from shared.web import answers, json_response

PATHS = ("/api/v1/parked", "/api/v1/audit")
_ABSENT = 404


class _Page(msgspec.Struct):
    items: list[dict[str, Any]] = msgspec.field(default_factory=list)
    next: str | None = None
    total: int = 0


class _Cursor(msgspec.Struct, array_like=True):
    service: Service
    inner: str | None


_read_page = msgspec.json.Decoder(_Page).decode
_ORDER = list(Service)


def write_cursor(service: Service, inner: str | None) -> str:
    """Opaque: where the next page begins."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_Cursor(service, inner))).decode()


def read_cursor(text: str) -> tuple[Service, str | None]:
    """Raises Problem 400."""
    try:
        found = msgspec.json.decode(base64.b64decode(text, altchars=b"-_", validate=True), type=_Cursor)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise Problem(problems.BAD_REQUEST, detail="cursor") from None
    return found.service, found.inner


class Operations:
    """Asks every service in the caller's name."""

    def __init__(self, upstreams: Upstreams, exchange: Exchange) -> None:
        self._upstreams = upstreams
        self._exchange = exchange

    async def listed(
        self, request: Request, account: str, cursor: str | None, limit: int, of: Service | None = None
    ) -> dict[str, Any]:
        """One page, `total` over all services or that of the one asked for, each item with its `service`. Raises
        Problem."""
        order = _ORDER if of is None else [of]
        service, inner = read_cursor(cursor) if cursor is not None else (order[0], None)
        if service not in order:
            raise Problem(problems.BAD_REQUEST, detail="cursor")
        filters = {k: v for k, v in request.query_params.items() if k not in ("cursor", "limit", "service")}
        asked = {one: filters | {"limit": "1"} for one in order}  # for the totals
        asked[service] = filters | {"limit": str(limit)} | ({"cursor": inner} if inner else {})
        pages = dict(
            zip(order, await asyncio.gather(*(self._page(request, account, s, asked[s]) for s in order)), strict=True)
        )
        page = pages[service]
        later = [one for one in order[order.index(service) + 1 :] if pages[one].total]
        following = write_cursor(service, page.next) if page.next else write_cursor(later[0], None) if later else None
        items = [{"service": service, **item} for item in page.items]
        if following and not page.next and len(items) < limit:  # a half-empty page would look like all there is
            rest = await self.listed(request, account, following, limit - len(items), of)
            return rest | {"items": items + rest["items"]}
        return {"items": items, "next": following, "total": sum(one.total for one in pages.values())}

    async def passed_on(self, request: Request, account: str, content: bytes | None) -> Response:
        """Hands a question or a decision to the service that knows the parked event (ids are unique over all).

        Raises Problem 404, or 503 where no service that answered knows it and one did not answer.
        """
        away: Problem | None = None
        for service in _ORDER:
            try:
                status, kind, answer = await self._call(request, account, service, content=content)
            except Problem as problem:
                if problem.kind is not problems.UNAVAILABLE:
                    raise
                status = problem.kind.status
            if status >= 500:
                away = unavailable()
            elif status != _ABSENT:
                return Response(answer, status_code=status, media_type=kind)
        raise away or Problem(problems.NOT_FOUND)

    async def _page(self, request: Request, account: str, service: Service, query: dict[str, str]) -> _Page:
        status, _, answer = await self._call(request, account, service, query=query)
        if status == _ABSENT:
            return _Page()
        if status != 200:
            kind = problems.BY_STATUS.get(status, problems.UNAVAILABLE)
            raise Problem(kind, detail=str(service))
        return _read_page(answer)

    async def _call(
        self,
        request: Request,
        account: str,
        service: Service,
        *,
        query: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> tuple[int, str | None, bytes]:
        token = await self._exchange.token(account, service)
        if token is None:
            raise unauthenticated()
        headers = {
            "authorization": f"Bearer {token}",
            "x-request-id": request.state.request_id,
            "traceparent": request.state.traceparent,
        }
        for name in ("content-type", "accept-language", "x-with-server-date", "idempotency-key"):
            if name in request.headers:
                headers[name] = request.headers[name]
        url = self._upstreams.bases[service] + request.url.path + (f"?{urlencode(query)}" if query else "")
        try:
            async with (
                asyncio.timeout(REQUEST_S),
                self._upstreams.session.request(request.method, url, headers=headers, data=content) as answer,
            ):
                return answer.status, answer.headers.get("content-type"), await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise unavailable() from None


def mount(app: FastAPI, operations: Operations, logged_in: LoggedIn) -> None:
    """Adds the routes."""
    known = Depends(logged_in)

    @app.get("/api/v1/parked", summary="Events that wait for a person, of all services")
    @app.get("/api/v1/audit", summary="Who decided what, of all services")
    async def listed(
        request: Request,
        service: Service | None = None,
        cursor: str | None = None,
        limit: int = Query(50, ge=1, le=500),
        account: str = known,
    ) -> Response:
        return json_response(await operations.listed(request, account, cursor, limit, service))

    @app.get("/api/v1/parked/{id}", summary="One parked event, also a settled one")
    async def one(request: Request, id: UUID, account: str = known) -> Response:  # noqa: A002
        return await operations.passed_on(request, account, None)

    @app.post(
        "/api/v1/parked/{id}/{decision}",
        summary="Try a parked event again, or discard it with a reason",
        responses=answers(status=202),
    )
    async def decided(
        request: Request,
        id: UUID,  # noqa: A002
        decision: Literal["release", "discard"],
        account: str = known,
    ) -> Response:
        return await operations.passed_on(request, account, await request.body())
