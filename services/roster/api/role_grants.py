"""/role-grants"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.api.rules import GIVES_ABOVE, GIVES_GRANTS, READS_GRANTS
from services.roster.schemas import RoleGrants
from services.roster.use_cases import grants
from services.roster.use_cases.grants import RoleGrant
from shared.audit import Act
from shared.callers import acts, demand, may, province_of
from shared.identity import Principal
from shared.web import json_response, router


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """Dated grants of roles."""
    routes = router()

    @routes.post("/role-grants", status_code=201)
    async def give(
        caller: Annotated[Principal, may(GIVES_GRANTS)], act: Annotated[Act, acts(GIVES_GRANTS)], body: RoleGrants
    ) -> Response:
        """Grants roles, all or none; person and account are made where they are new. 403 for a department leader's
        role by anybody but a leader, and for an operator's by anybody."""
        for role in {one.role for one in body.grants}:
            demand(caller, GIVES_ABOVE.get(role, GIVES_GRANTS))
        given = await grants.grant(engine, act, [grants.Wanted(**one.model_dump()) for one in body.grants])
        items = [_item(grant) | {"account": one.account} for grant, one in zip(given, body.grants, strict=True)]
        return json_response({"items": items}, 201)

    @routes.get("/role-grants")
    async def list_grants(
        caller: Annotated[Principal, may(READS_GRANTS)],
        account: Annotated[str | None, Query(max_length=254)] = None,
    ) -> Response:
        """The grants of an account's person, or all; ended ones too."""
        found = await grants.listed(engine, province_of(caller), account.lower() if account else None)
        return json_response({"items": [_item(grant) for grant in found], "next": None, "total": len(found)})

    app.include_router(routes)


def _item(grant: RoleGrant) -> dict[str, Any]:
    names = ("person_id", "role", "unit_id", "class_id", "audience")
    days = {"from": grant.valid_from, "to": grant.valid_to}
    return {"id": grant.role_grant_id} | {name: getattr(grant, name) for name in names} | days
