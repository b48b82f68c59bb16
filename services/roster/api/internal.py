"""/internal: what the gateway alone asks."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.use_cases import grants
from shared import problems
from shared.callers import Caller
from shared.clock import utc_now
from shared.instants import parse_instant
from shared.problems import Problem
from shared.web import json_response

GATEWAY = "gateway"


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """Not under the public prefix: the gateway passes nothing on to it."""
    routes = APIRouter(prefix="/internal", include_in_schema=False)

    @routes.get("/grants")
    async def grants_of(request: Request, caller: Caller, account: str) -> Response:
        """Whose account it is and what it may do, now or at `at`."""
        if caller.account != GATEWAY or caller.province_id is not None:
            raise Problem(problems.FORBIDDEN)
        at = request.query_params.get("at")
        when = utc_now() if at is None else parse_instant(at, "at")
        return json_response(await grants.of_account(engine, account.strip().lower(), when))

    app.include_router(routes)
