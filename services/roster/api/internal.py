"""/internal: what the gateway alone asks."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.use_cases import grants
from shared import problems
from shared.callers import Declares, RuledRoute, principal_of
from shared.clock import utc_now
from shared.identity import Rule
from shared.instants import parse_instant
from shared.problems import Problem
from shared.web import json_response

GATEWAY = "gateway"


@dataclass(frozen=True)
class _TheGateway(Declares):
    """No role: the gateway itself, which is of no province. Raises Problem 401, 403."""

    rules: tuple[Rule, ...] = (Rule("grant.of_account"),)

    def __call__(self, request: Request) -> None:
        caller = principal_of(request)
        if caller.account != GATEWAY or caller.province_id is not None:
            raise Problem(problems.FORBIDDEN)


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """Not under the public prefix: the gateway passes nothing on to it."""
    routes = APIRouter(prefix="/internal", include_in_schema=False, route_class=RuledRoute)

    @routes.get("/grants", dependencies=[Depends(_TheGateway())])
    async def grants_of(request: Request, account: str) -> Response:
        """Whose account it is and what it may do, now or at `at`."""
        at = request.query_params.get("at")
        when = utc_now() if at is None else parse_instant(at, "at")
        return json_response(await grants.of_account(engine, account.strip().lower(), when))

    app.include_router(routes)
