"""What persons decide of certificates: issuers, replacements, revocations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.api.scope import reaches
from services.certificates.schemas import IssuerIn, ReplacementIn, RevocationIn, item
from services.certificates.use_cases import changes
from shared.audit import Act
from shared.callers import acts, may, province_of
from shared.clock import new_token
from shared.identity import Over, Principal, Role, Rule
from shared.web import json_response, router

NAMES_ISSUERS = Rule("issuer.put", frozenset({Role.DEPARTMENT_LEADER}), Over.PROVINCE)
READS_ISSUERS = Rule(
    "issuer.read", frozenset({Role.DEPARTMENT_LEADER, Role.PROVINCE_OFFICER, Role.AUDITOR}), Over.PROVINCE
)
REVOKES = Rule("certificate.revoke", frozenset({Role.DEPARTMENT_LEADER}))
REPLACES = Rule("certificate.replace", frozenset({Role.DEPARTMENT_LEADER, Role.PROVINCE_OFFICER}))


def mount(app: FastAPI, engine: AsyncEngine, public_url: str) -> None:
    """`GET|POST /issuers`, `POST /certificates/{id}/revoke|replace`"""
    routes = router()

    @routes.get("/issuers")
    async def issuers(caller: Annotated[Principal, may(READS_ISSUERS)]) -> Response:
        """Who issues papers, by audience and period."""
        items = await changes.issuers(engine, province_of(caller))
        return json_response({"items": items, "next": None, "total": len(items)})

    @routes.post("/issuers", status_code=201)
    async def put_issuer(act: Annotated[Act, acts(NAMES_ISSUERS)], body: IssuerIn) -> Response:
        """Says who issues papers for an audience from a day on; passes that wait for it are numbered at once."""
        issuer_id = await changes.put_issuer(engine, act, body.audience, body.code, body.details(), body.valid_from)
        return json_response({"id": issuer_id, "audience": body.audience, "code": body.code}, 201)

    @routes.post("/certificates/{certificate_id}/revoke")
    async def revoke(
        caller: Annotated[Principal, may(REVOKES)],
        act: Annotated[Act, acts(REVOKES)],
        certificate_id: UUID,
        body: RevocationIn,
    ) -> Response:
        """Ends a certificate; its number stays in the register, marked void."""
        within = reaches(caller, REVOKES)
        return json_response(item(await changes.revoke(engine, act, certificate_id, body.reason.strip(), within)))

    @routes.post("/certificates/{certificate_id}/replace", status_code=201)
    async def replace(
        caller: Annotated[Principal, may(REPLACES)],
        act: Annotated[Act, acts(REPLACES)],
        certificate_id: UUID,
        body: ReplacementIn,
    ) -> Response:
        """Issues a new paper with corrected data; the old one then names it."""
        row = await changes.replace_certificate(
            engine,
            act,
            certificate_id,
            reaches(caller, REPLACES),
            reason=body.reason.strip(),
            full_name=body.full_name,
            birth_date=body.birth_date,
            public_url=public_url,
            new_token=new_token,
        )
        return json_response(item(row), 201)

    app.include_router(routes)
