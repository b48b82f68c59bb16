"""The vendor's webhooks, as the gateway hands them on, and the registration of vendors.

The hot path is a plain route outside FastAPI's model machinery: that machinery costs three quarters of the
requests a process can answer (docs/decisions/0005-webhook-intake.md).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.schemas import SourceIn
from services.grading.use_cases import sources
from services.grading.use_cases.deliveries import MalformedDeliveryError, read_delivery
from services.grading.use_cases.intake import Answer, Intake
from shared.audit import Act
from shared.callers import acts, demand, principal_of, server_time
from shared.clock import new_id, utc_now
from shared.identity import Over, Role, Rule
from shared.problems import UNAUTHENTICATED, Problem
from shared.web import answers, json_response, router

DELIVERS = Rule("delivery.send", frozenset({Role.VENDOR}), Over.ROLE)
REGISTERS = Rule("source.register", frozenset({Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER}), Over.PROVINCE)


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """`POST /internal/deliveries/{vendor}`, `POST /sources`"""
    known, intake = sources.Sources(engine), Intake(engine, new_id)

    async def deliver(request: Request) -> Response:
        """One delivery whose signature the gateway has checked; answered after its events are durable."""
        caller = principal_of(request)
        vendor = str(request.path_params["vendor"])
        demand(caller, DELIVERS)
        if caller.source != vendor:
            raise Problem(UNAUTHENTICATED)
        source = await known.find(vendor)
        webhook_id = request.headers.get("webhook-id", "")[:200]
        body = await request.body()
        now = server_time(request, caller)
        try:
            incoming = read_delivery(
                body, webhook_id=webhook_id, now=now, new_id=new_id, traceparent=request.state.traceparent
            )
        except MalformedDeliveryError as fault:
            await intake.keep_malformed(source, body, webhook_id, str(fault), utc_now())
            raise
        return json_response(_shown(await intake.take(source, incoming, now)))

    app.add_route("/internal/deliveries/{vendor}", deliver, methods=["POST"], include_in_schema=False)
    routes = router()

    @routes.post("/sources", status_code=201, responses=answers())
    async def register(act: Annotated[Act, acts(REGISTERS)], body: SourceIn) -> Response:
        """Registers a vendor, or a sandbox, for the caller's province; its name is taken for good."""
        new = await sources.register(
            engine, act, sources.Source(act.province_id, body.vendor, body.sandbox), body.unit_id
        )
        return json_response({"id": body.vendor, "vendor": body.vendor}, 201 if new else 200)

    app.include_router(routes)


def _shown(answer: Answer) -> dict[str, object]:
    return {
        "accepted": answer.accepted,
        "duplicates": answer.duplicates,
        "parked": answer.parked,
        "rejected": answer.rejected,
    }
