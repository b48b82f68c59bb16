"""What every service shows its operator: the events that were parked."""

from __future__ import annotations

from fastapi import FastAPI, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import parking
from shared.database import transaction
from shared.identity import Role, Rule
from shared.paging import Limit
from shared.problems import FORBIDDEN, Problem
from shared.web import Caller, demand, json_response, router

SEES_PARKED = Rule("parked.read", frozenset({Role.OPERATOR, Role.PROVINCE_OFFICER, Role.AUDITOR}))


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """`GET /parked`"""
    routes = router()

    @routes.get("/parked")
    async def parked(caller: Caller, limit: Limit = 50) -> Response:
        """Events that could not be applied and wait for a person, oldest first, without their payload."""
        demand(caller, SEES_PARKED)
        if caller.province_id is None:
            raise Problem(FORBIDDEN)
        async with transaction(engine, caller.province_id) as connection:
            items = await parking.listed(connection, caller.province_id, limit)
        return json_response({"items": items, "next": None, "total": len(items)})

    app.include_router(routes)
