"""What every service shows those who oversee it: the events that were parked, and who decided what."""

from __future__ import annotations

from uuid import UUID

from fastapi import FastAPI, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import audit, paging, parking
from shared.database import transaction
from shared.identity import Principal, Role, Rule
from shared.paging import Cursor, Limit
from shared.problems import FORBIDDEN, Problem
from shared.web import Caller, demand, json_response, router

SEES_PARKED = Rule("parked.read", frozenset({Role.OPERATOR, Role.PROVINCE_OFFICER, Role.AUDITOR}))
SEES_AUDIT = Rule("audit.read", frozenset({Role.AUDITOR, Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER}))


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """`GET /parked`, `GET /audit`"""
    routes = router()

    @routes.get("/parked", tags=["operations"])
    async def parked(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Response:
        """Events that could not be applied and wait for a person, oldest first, without their payload."""
        province_id = _province(caller, SEES_PARKED)
        async with transaction(engine, province_id) as connection:
            items, total = await parking.listed(connection, province_id, paging.after(cursor), limit)
        return json_response(paging.page(items, [row["id"] for row in items], limit=limit, total=total))

    @routes.get("/audit", tags=["operations"])
    async def audited(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Response:
        """Who decided what, when it counts and when it came, newest first."""
        province_id = _province(caller, SEES_AUDIT)
        async with transaction(engine, province_id) as connection:
            items, total = await audit.listed(connection, province_id, paging.after(cursor), limit)
        return json_response(paging.page(items, [row["id"] for row in items], limit=limit, total=total))

    app.include_router(routes)


def _province(caller: Principal, rule: Rule) -> UUID:
    demand(caller, rule)
    if caller.province_id is None:
        raise Problem(FORBIDDEN)
    return caller.province_id
