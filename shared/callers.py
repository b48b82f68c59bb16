"""Who calls a service, whether the rule lets them, and when what they do counts.

A route declares its rule once, in the type of what it is given: `caller: Annotated[Principal, may(READS_UNITS)]`, or
`act: Annotated[Act, acts(CHANGES_UNITS)]` where it decides something; `dependencies=[OPEN]` where it asks nobody.
FastAPI enforces it before the handler runs; `RuledRoute` reads the same declaration, and builds no route without one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant, get_flat_params
from fastapi.routing import APIRoute

from shared import problems
from shared.audit import Act
from shared.clock import new_id, utc_now
from shared.identity import Over, Principal, Resource, Role, Rule, allowed
from shared.instants import parse_instant
from shared.problems import Problem
from shared.settings import Environment
from shared.tokens import BadTokenError

SERVER_DATE = "x-with-server-date"
_SHOWN = 60
_OF_LISTS = frozenset({"limit", "cursor"})
"""Every list may be asked with these (contracts, section 4), also one so short that it is given whole."""
SETS_THE_CLOCK = Rule(
    "clock.set",
    frozenset(Role) - {Role.LEARNER, Role.AUDITOR},
    Over.ROLE,
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


class Declares:
    """A dependency of a route that decides who may call it, by rules that can be read."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class _May(Declares):
    """A caller whom one of the rules allows the action as such. Raises Problem 401; 403 where none does."""

    rules: tuple[Rule, ...]

    def __call__(self, request: Request) -> Principal:
        principal = principal_of(request)
        if principal.province_id is None or not any(allowed(principal, rule) for rule in self.rules):
            raise Problem(problems.FORBIDDEN)
        refuse_unknown_query(request)
        return principal


@dataclass(frozen=True)
class _Acts(Declares):
    """The same caller, as what a use case is given."""

    rules: tuple[Rule, ...]

    def __call__(self, request: Request) -> Act:
        principal = _May(self.rules)(request)
        return Act(
            province_id=province_of(principal),
            account=principal.account,
            person_id=principal.person_id,
            at=server_time(request, principal),
            new_id=new_id,
            request_id=request.state.request_id,
            traceparent=request.state.traceparent,
        )


def may(*rules: Rule) -> Any:
    """Who calls; allowed by one of the rules. What an object of hers is, the handler still asks (`demand`, Reach)."""
    return Depends(_May(rules))


def acts(*rules: Rule) -> Any:
    """The same for what a person decides."""
    return Depends(_Acts(rules))


async def everyone() -> None:
    """The declaration of a route that asks nobody who they are."""


OPEN = Depends(everyone)


class RuledRoute(APIRoute):
    """A route that says who may call it: `x-rules` of its operation in OpenAPI, empty for everyone.

    Raises UnruledRouteError where it declares nothing.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, endpoint, **more)
        rules = declared(self.dependant)
        if rules is None:
            raise UnruledRouteError(f"{path} declares no rule: take may(RULE), acts(RULE) or dependencies=[OPEN]")
        self.rules = rules
        shown = [{"action": r.action, "roles": sorted(r.roles), "over": r.over} for r in rules]
        self.openapi_extra = {**(self.openapi_extra or {}), "x-rules": shown}


def refuse_unknown_query(request: Request) -> None:
    """Refuses query parameters that the route's handler does not take: a misspelt filter that is ignored would show
    everything. Asked after the rules, so that a stranger learns nothing of a route; open addresses are not asked, for
    others add words of their own to them (a QR reader, an identity provider).

    Raises Problem 422 naming each.
    """
    if not request.scope["query_string"]:
        return
    names = query_names(request.scope["endpoint"], request.scope["route"].path_format)
    strange = sorted(request.query_params.keys() - names - (_OF_LISTS if request.method == "GET" else frozenset()))
    if strange:
        rows = [{"pointer": f"/query/{name[:_SHOWN]}", "message": "no such parameter"} for name in strange[:_SHOWN]]
        raise Problem(problems.INVALID, errors=rows)


@lru_cache(maxsize=512)
def query_names(endpoint: Callable[..., Any], path: str) -> frozenset[str]:
    """The query parameters of a route's handler, those of a model one by one."""
    taken = get_dependant(path=path, call=endpoint).query_params
    return frozenset(field.alias for field in get_flat_params(Dependant(query_params=taken)))


class UnruledRouteError(TypeError):
    """A route that does not say who may call it."""


def declared(dependant: Dependant) -> tuple[Rule, ...] | None:
    """The rules a route's dependencies enforce; none for everyone, None where nothing is declared."""
    calls: list[Any] = [one.call for one in dependant.dependencies]
    rules = [rule for call in calls if isinstance(call, Declares) for rule in call.rules]
    return tuple(dict.fromkeys(rules)) if rules or everyone in calls else None


def province_of(principal: Principal) -> UUID:
    """The principal's province. Raises Problem 403 for who has none."""
    if principal.province_id is None:
        raise Problem(problems.FORBIDDEN)
    return principal.province_id


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


def demand(principal: Principal, rule: Rule, resource: Resource | None = None) -> None:
    """Raises Problem 403 where no role allows the action, 404 where the resource is out of reach."""
    if not allowed(principal, rule):
        raise Problem(problems.FORBIDDEN)
    if resource is not None and not allowed(principal, rule, resource):
        raise Problem(problems.NOT_FOUND)
