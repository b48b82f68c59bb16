"""/enrolments"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.api.rules import CHANGES_ENROLMENTS
from services.roster.schemas import Extension, Withdrawal, utc
from services.roster.use_cases import enrolments
from shared.callers import Caller, act_of
from shared.events.roster import Enrolment
from shared.web import json_response, router


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """What may happen to an enrolment after it began."""
    routes = router()

    @routes.post("/enrolments/{enrolment_id}/withdraw")
    async def withdraw(request: Request, caller: Caller, enrolment_id: UUID, body: Withdrawal) -> Response:
        """Ends it, with a reason."""
        act = act_of(request, caller, CHANGES_ENROLMENTS)
        return json_response(_item(await enrolments.withdraw(engine, act, enrolment_id, body.reason)))

    @routes.post("/enrolments/{enrolment_id}/extensions", status_code=201)
    async def extend(request: Request, caller: Caller, enrolment_id: UUID, body: Extension) -> Response:
        """More time, with a reason."""
        act = act_of(request, caller, CHANGES_ENROLMENTS)
        changed = await enrolments.extend(engine, act, enrolment_id, utc(body.closes_at), body.reason)
        return json_response(_item(changed), 201)

    app.include_router(routes)


def _item(state: Enrolment) -> dict[str, Any]:
    names = ("unit_id", "class_id", "kind", "windows", "enrolled_at", "withdrawn_at", "steps")
    who = {"id": state.enrolment_id, "person_id": state.person.id, "course": state.offering.course}
    return who | {name: getattr(state, name) for name in names}
