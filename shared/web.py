"""The HTTP skeleton of every service: problem details, request id, health, metrics, routers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from operator import itemgetter
from typing import Any

import msgspec
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import problems, telemetry
from shared.bodies import BadBodyError, JsonRoute
from shared.callers import OPEN, SERVER_DATE, RuledRoute
from shared.clock import new_id
from shared.database import fault_name, is_transient
from shared.idempotency import OnceRoute
from shared.instants import parse_instant
from shared.problems import Kind, Problem
from shared.settings import Environment
from shared.texts import CheckedRoute, address_is_text
from shared.tokens import Verifier
from shared.wording import Wording

log = structlog.get_logger()

WORDING = Wording()
"""Of a process that says nothing of its own."""

_JSON = msgspec.json.Encoder(decimal_format="string")

CALLED_AS = b"x-forwarded-path"
"""The path as the client called it, where the gateway calls the service by another. The gateway lets nobody else's
`X-Forwarded-*` through."""
Readiness = Callable[[], Awaitable[dict[str, str]]]
"""Answers what is not ready, by name; empty when all is well."""


class Context:
    """Every request's frame, as bare ASGI: request id, trace, a problem for what nobody caught, the time it took.

    Refuses with 400 what no route can want: an address that is no text, a server's time that is none. Without an
    environment it leaves both to the service behind (the gateway's frame around what it hands on).
    """

    def __init__(self, app: ASGIApp, environment: Environment | None = None) -> None:
        self._app = app
        self._environment = environment

    def _demand_readable(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        if self._environment is None:
            return
        if not address_is_text(scope):
            raise Problem(problems.BAD_REQUEST)
        given = headers.get(SERVER_DATE.encode())
        if given is not None and self._environment is not Environment.PRODUCTION:
            parse_instant(given.decode("latin-1"), SERVER_DATE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = headers.get(b"x-request-id", b"").decode("latin-1")[:64] or str(new_id())
        trace = telemetry.continue_trace(headers.get(b"traceparent", b"").decode("latin-1"))
        scope.setdefault("state", {}).update(request_id=request_id, traceparent=trace)
        telemetry.traceparent_now.set(trace)
        structlog.contextvars.bind_contextvars(request_id=request_id, trace_id=trace[3:35])
        started = time.perf_counter()
        status = 500

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        language = headers.get(b"accept-language", b"").decode("latin-1")
        try:
            self._demand_readable(scope, headers)
            await self._app(scope, receive, framed)
        except Problem as problem:
            await problems.answer(problem, _called_as(scope), language)(scope, receive, framed)
        except Exception as fault:
            kind = problems.UNAVAILABLE if is_transient(fault) else problems.INTERNAL
            failed = log.warning if kind is problems.UNAVAILABLE else log.error
            failed("request_failed", path=_route(scope), fault=fault_name(fault), exc_info=kind is problems.INTERNAL)
            retry = {"retry-after": "2"} if kind is problems.UNAVAILABLE else {}
            response = problems.answer(Problem(kind, headers=retry), _called_as(scope), language)
            await response(scope, receive, framed)
        finally:
            telemetry.REQUESTS.labels(scope["method"], _route(scope), str(status)).observe(
                time.perf_counter() - started
            )


def _called_as(scope: Scope) -> str:
    given = dict(scope["headers"]).get(CALLED_AS)
    return str(scope["path"]) if given is None else given.decode("latin-1")


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", "other"))


def create_app(
    name: str,
    *,
    environment: Environment,
    verifier: Verifier | None,
    errors: Mapping[type[Exception], Kind],
    readiness: Readiness,
    refresh_metrics: Callable[[], Awaitable[None]],
    engine: AsyncEngine | None = None,
    description: str = "",
    wording: Wording = WORDING,
) -> FastAPI:
    """An application with the routes every process has; the service mounts its own. Nothing runs at import.

    `engine`: the api role's, in which the answers of calls with an Idempotency-Key are kept. `wording`: what the
    service says beside a problem's title, in Vietnamese.
    """
    app = FastAPI(
        title=f"BDTX {name}",
        description=description,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # A slash too many is another address, which is nobody's: a redirect would name this process's own host.
        redirect_slashes=False,
    )
    app.state.environment = environment
    app.state.verifier = verifier
    app.state.engine = engine
    app.state.stopping = asyncio.Event()
    app.router.route_class = _CheckedRoute
    app.add_middleware(Context, environment=environment)
    _answer_with_problems(app, errors, wording)

    @app.get("/livez", include_in_schema=False, dependencies=[OPEN])
    async def livez() -> dict[str, str]:
        """The process answers. Never looks at PostgreSQL or Kafka: they are no reason to restart it."""
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False, dependencies=[OPEN])
    async def readyz() -> Response:
        """May get requests: the store answers at the right schema, and the process is not stopping."""
        faults = {"process": "stopping"} if app.state.stopping.is_set() else await readiness()
        body = msgspec.json.encode({"status": "not ready" if faults else "ready", "faults": faults})
        return Response(body, status_code=503 if faults else 200, media_type="application/json")

    @app.get("/metrics", include_in_schema=False, dependencies=[OPEN])
    async def metrics() -> Response:
        await refresh_metrics()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def _answer_with_problems(app: FastAPI, errors: Mapping[type[Exception], Kind], wording: Wording) -> None:
    def english(request: Request) -> bool:
        return problems.wants_english(request.headers.get("accept-language"))

    def respond(request: Request, problem: Problem) -> Response:
        said = problem if english(request) else wording.problem(problem)
        return problems.answer(said, _called_as(request.scope), request.headers.get("accept-language"))

    @app.exception_handler(Problem)
    async def raised(request: Request, fault: Problem) -> Response:
        return respond(request, fault)

    @app.exception_handler(HTTPException)
    async def routed(request: Request, fault: HTTPException) -> Response:
        kind = problems.BY_STATUS.get(fault.status_code, problems.BAD_REQUEST)
        return respond(request, Problem(kind, headers=dict(fault.headers or {})))

    @app.exception_handler(BadBodyError)
    async def bad_body(request: Request, fault: BadBodyError) -> Response:
        return respond(request, Problem(problems.INVALID, errors=fault.errors))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, fault: RequestValidationError) -> Response:
        message = itemgetter("msg") if english(request) else wording.field
        rows = [
            {"pointer": "/" + "/".join(str(part) for part in error["loc"]), "message": str(message(error))}
            for error in fault.errors()
        ]
        return respond(request, Problem(problems.INVALID, errors=rows))

    for kind_of_fault, kind in errors.items():

        async def known(request: Request, fault: Exception, kind: Kind = kind) -> Response:
            return respond(request, Problem(kind, detail=str(fault) or None))

        app.add_exception_handler(kind_of_fault, known)


class _CheckedRoute(RuledRoute, CheckedRoute):
    """A route with a rule, whose body's texts can be kept."""


class _CheckedOnceRoute(RuledRoute, OnceRoute, CheckedRoute):
    """With a key too: the key first, for a repeat is answered whatever its body would be worth now."""


class _JsonOnceRoute(RuledRoute, OnceRoute, JsonRoute):
    """The same for a body whose texts are looked at row by row."""


def router(*, rows_alone: bool = False, keyed: bool = True) -> APIRouter:
    """A router whose routes lie under the public prefix; its writes honour an Idempotency-Key.

    `rows_alone`: its bodies are rows of which each is judged alone, so a text that cannot be kept is one row's fault.
    `keyed` false: its writes are the same however often they come, by the state of what they touch, and take no key:
    files, which no transaction should wait for, and decisions whose refusal too has an effect.
    """
    if not keyed:
        return APIRouter(prefix="/api/v1", route_class=_CheckedRoute)
    return APIRouter(prefix="/api/v1", route_class=_JsonOnceRoute if rows_alone else _CheckedOnceRoute)


def answers(*media_types: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the kinds of content it may answer with beside JSON, or a second status."""
    description = {"description": HTTPStatus(status).phrase}
    return {status: description | {"content": {kind: {} for kind in media_types}} if media_types else description}


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON by msgspec: decimals as text, instants in RFC 3339."""
    return Response(
        _JSON.encode(content), status_code=status, media_type="application/json", headers=dict(headers or {})
    )
