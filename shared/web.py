"""The HTTP skeleton of every service: problem details, request id, time, health, metrics, and who calls.

Longer than 250 lines: the frame, the problems and who calls lean on each other's order, and services import one name.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import problems, telemetry
from shared.audit import Act
from shared.clock import new_id, utc_now
from shared.database import fault_name, is_transient
from shared.identity import BadTokenError, Principal, Resource, Role, Rule, Verifier, allowed
from shared.instants import parse_instant
from shared.problems import Kind, Problem
from shared.settings import Environment
from shared.texts import CheckedRoute, UnkeepableTextError, address_is_text

log = structlog.get_logger()

_JSON = msgspec.json.Encoder(decimal_format="string")

SERVER_DATE = "x-with-server-date"
CALLED_AS = b"x-forwarded-path"
"""The path as the client called it, where the gateway calls the service by another. The gateway lets nobody else's
`X-Forwarded-*` through."""
SETS_THE_CLOCK = Rule(
    "clock.set",
    frozenset(Role) - {Role.LEARNER, Role.AUDITOR},
)
"""Who may set the server's time for a call, outside production only."""

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
    description: str = "",
) -> FastAPI:
    """An application with the routes every process has; the service mounts its own. Nothing runs at import."""
    app = FastAPI(
        title=f"BDTX {name}",
        description=description,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.environment = environment
    app.state.verifier = verifier
    app.state.stopping = asyncio.Event()
    app.router.route_class = CheckedRoute
    app.add_middleware(Context, environment=environment)
    _answer_with_problems(app, errors)

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        """The process answers. Never looks at PostgreSQL or Kafka: they are no reason to restart it."""
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        """May get requests: the store answers at the right schema, and the process is not stopping."""
        faults = {"process": "stopping"} if app.state.stopping.is_set() else await readiness()
        body = msgspec.json.encode({"status": "not ready" if faults else "ready", "faults": faults})
        return Response(body, status_code=503 if faults else 200, media_type="application/json")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        await refresh_metrics()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def _answer_with_problems(app: FastAPI, errors: Mapping[type[Exception], Kind]) -> None:
    def respond(request: Request, problem: Problem) -> Response:
        return problems.answer(problem, _called_as(request.scope), request.headers.get("accept-language"))

    @app.exception_handler(Problem)
    async def raised(request: Request, fault: Problem) -> Response:
        return respond(request, fault)

    @app.exception_handler(HTTPException)
    async def routed(request: Request, fault: HTTPException) -> Response:
        kind = problems.BY_STATUS.get(fault.status_code, problems.BAD_REQUEST)
        return respond(request, Problem(kind, headers=dict(fault.headers or {})))

    @app.exception_handler(UnkeepableTextError)
    async def unkeepable(request: Request, fault: UnkeepableTextError) -> Response:
        return respond(request, Problem(problems.INVALID, errors=fault.errors))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, fault: RequestValidationError) -> Response:
        rows = [
            {"pointer": "/" + "/".join(str(part) for part in error["loc"]), "message": str(error["msg"])}
            for error in fault.errors()
        ]
        return respond(request, Problem(problems.INVALID, errors=rows))

    for kind_of_fault, kind in errors.items():

        async def known(request: Request, fault: Exception, kind: Kind = kind) -> Response:
            return respond(request, Problem(kind, detail=str(fault) or None))

        app.add_exception_handler(kind_of_fault, known)


def principal_of(request: Request) -> Principal:
    """Who calls, by the internal token; verified here, whatever the gateway said.

    Raises Problem 401; 400 or 403 where the call sets the clock as it may not, on whatever route.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(problems.UNAUTHENTICATED)
    try:
        principal: Principal = request.app.state.verifier.verify(token, utc_now())
    except BadTokenError:
        raise Problem(problems.UNAUTHENTICATED) from None
    structlog.contextvars.bind_contextvars(roles=sorted(principal.roles))
    server_time(request, principal)
    return principal


Caller = Annotated[Principal, Depends(principal_of)]


def server_time(request: Request, principal: Principal) -> datetime:
    """The server's time of a call: the real one, or outside production the one in X-With-Server-Date.

    Raises Problem 400 where the header is malformed, 403 where the caller's role may not set it.
    """
    given = request.headers.get(SERVER_DATE)
    if given is None or request.app.state.environment is Environment.PRODUCTION:
        return utc_now()
    if not allowed(principal, SETS_THE_CLOCK):
        raise Problem(problems.FORBIDDEN, detail=SERVER_DATE)
    return parse_instant(given, SERVER_DATE)


def act_of(request: Request, principal: Principal, rule: Rule, resource: Resource | None = None) -> Act:
    """What a use case is given of a call that the rule allows. Raises Problem 403, or 404 for a foreign resource."""
    demand(principal, rule, resource)
    if principal.province_id is None:
        raise Problem(problems.FORBIDDEN)
    return Act(
        province_id=principal.province_id,
        account=principal.account,
        person_id=principal.person_id,
        at=server_time(request, principal),
        new_id=new_id,
        request_id=request.state.request_id,
        traceparent=request.state.traceparent,
    )


def demand(principal: Principal, rule: Rule, resource: Resource | None = None) -> None:
    """Raises Problem 403 where no role allows the action, 404 where the resource is out of reach."""
    if not allowed(principal, rule):
        raise Problem(problems.FORBIDDEN)
    if resource is not None and not allowed(principal, rule, resource):
        raise Problem(problems.NOT_FOUND)


def router(*, rows_alone: bool = False) -> APIRouter:
    """A router whose routes lie under the public prefix.

    `rows_alone`: its bodies are rows of which each is judged alone, so a text that cannot be kept is one row's fault.
    """
    return APIRouter(prefix="/api/v1", route_class=APIRoute if rows_alone else CheckedRoute)


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON by msgspec: decimals as text, instants in RFC 3339."""
    return Response(
        _JSON.encode(content), status_code=status, media_type="application/json", headers=dict(headers or {})
    )
