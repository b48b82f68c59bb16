"""Who calls a service, whether the rule lets them, and when what they do counts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import structlog
from fastapi import Depends, Request

from shared import problems
from shared.audit import Act
from shared.clock import new_id, utc_now
from shared.identity import BadTokenError, Principal, Resource, Role, Rule, allowed
from shared.instants import parse_instant
from shared.problems import Problem
from shared.settings import Environment

SERVER_DATE = "x-with-server-date"
SETS_THE_CLOCK = Rule(
    "clock.set",
    frozenset(Role) - {Role.LEARNER, Role.AUDITOR},
)
"""Who may set the server's time for a call, outside production only."""


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
