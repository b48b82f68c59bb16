"""What persons decide of certificates: issuers, replacements, revocations."""

from __future__ import annotations

from uuid import UUID

from fastapi import FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.schemas import IssuerIn, ReplacementIn, RevocationIn, item
from services.certificates.use_cases import changes
from shared.callers import Caller, act_of, demand
from shared.clock import new_token
from shared.identity import Role, Rule
from shared.problems import FORBIDDEN, Problem
from shared.web import json_response, router

NAMES_ISSUERS = Rule("issuer.put", frozenset({Role.DEPARTMENT_LEADER}))
READS_ISSUERS = Rule("issuer.read", frozenset({Role.DEPARTMENT_LEADER, Role.PROVINCE_OFFICER, Role.AUDITOR}))
REVOKES = Rule("certificate.revoke", frozenset({Role.DEPARTMENT_LEADER}))
REPLACES = Rule("certificate.replace", frozenset({Role.DEPARTMENT_LEADER, Role.PROVINCE_OFFICER}))


def mount(app: FastAPI, engine: AsyncEngine, public_url: str) -> None:
    """`GET|POST /issuers`, `POST /certificates/{id}/revoke|replace`"""
    routes = router()

    @routes.get("/issuers")
    async def issuers(caller: Caller) -> Response:
        """Who issues papers, by audience and period."""
        demand(caller, READS_ISSUERS)
        if caller.province_id is None:
            raise Problem(FORBIDDEN)
        items = await changes.issuers(engine, caller.province_id)
        return json_response({"items": items, "next": None, "total": len(items)})

    @routes.post("/issuers", status_code=201)
    async def put_issuer(request: Request, caller: Caller, body: IssuerIn) -> Response:
        """Says who issues papers for an audience from a day on; passes that wait for it are numbered at once."""
        act = act_of(request, caller, NAMES_ISSUERS)
        issuer_id = await changes.put_issuer(engine, act, body.audience, body.code, body.details(), body.valid_from)
        return json_response({"id": issuer_id, "audience": body.audience, "code": body.code}, 201)

    @routes.post("/certificates/{certificate_id}/revoke")
    async def revoke(request: Request, caller: Caller, certificate_id: UUID, body: RevocationIn) -> Response:
        """Ends a certificate; its number stays in the register, marked void."""
        act = act_of(request, caller, REVOKES)
        return json_response(item(await changes.revoke(engine, act, certificate_id, body.reason.strip())))

    @routes.post("/certificates/{certificate_id}/replace", status_code=201)
    async def replace(request: Request, caller: Caller, certificate_id: UUID, body: ReplacementIn) -> Response:
        """Issues a new paper with corrected data; the old one then names it."""
        row = await changes.replace_certificate(
            engine,
            act_of(request, caller, REPLACES),
            certificate_id,
            reason=body.reason.strip(),
            full_name=body.full_name,
            birth_date=body.birth_date,
            public_url=public_url,
            new_token=new_token,
        )
        return json_response(item(row), 201)

    app.include_router(routes)
