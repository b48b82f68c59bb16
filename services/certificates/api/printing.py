"""Print runs: the papers of a class or a unit as one PDF, bound while the caller is away."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.schemas import PrintIn, PrintRunItem, PrintRunList, print_run_item
from services.certificates.use_cases import printing
from shared import paging
from shared.audit import Act
from shared.callers import acts, may, province_of
from shared.identity import Principal, Role, Rule, reach_of
from shared.objects import Objects
from shared.paging import Cursor, Limit
from shared.problems import NOT_FOUND, Problem
from shared.web import answers, json_response, router

_PDF = "application/pdf"

PRINTS = Rule(
    "certificate.print",
    frozenset(
        {
            Role.PROVINCE_OFFICER,
            Role.DEPARTMENT_LEADER,
            Role.DISTRICT_OFFICER,
            Role.SCHOOL_HEAD,
            Role.INSTITUTION_LECTURER,
        }
    ),
)


def mount(app: FastAPI, engine: AsyncEngine, objects: Objects) -> None:
    """`GET|POST /certificates/print`, `/certificates/print/{id}`, `/certificates/print/{id}.pdf`"""
    routes = router()

    @routes.post("/certificates/print", status_code=201, response_model=PrintRunItem)
    async def ask(
        caller: Annotated[Principal, may(PRINTS)], act: Annotated[Act, acts(PRINTS)], body: PrintIn
    ) -> Response:
        """Asks for one PDF of all valid papers of a class or a unit and all below it; it is made by the worker."""
        reach = reach_of(caller, PRINTS)
        run = await printing.ask(engine, act, reach, class_id=body.class_id, unit_id=body.unit_id)
        return json_response(print_run_item(run), 201)

    @routes.get("/certificates/print", response_model=PrintRunList)
    async def listed(caller: Annotated[Principal, may(PRINTS)], limit: Limit = 50, cursor: Cursor = None) -> Response:
        """Print runs of which every paper is within the caller's reach, the newest first."""
        after, reach = paging.after(cursor), reach_of(caller, PRINTS)
        runs, total = await printing.listed(engine, province_of(caller), reach, after=after, limit=limit + 1)
        return json_response(paging.page(runs, limit=limit, total=total, id_of=lambda run: run.id, item=print_run_item))

    @routes.get("/certificates/print/{run_id}.pdf", response_class=Response, responses=answers(_PDF))
    async def document(caller: Annotated[Principal, may(PRINTS)], run_id: UUID) -> Response:
        """The file; 404 with Retry-After while it is being bound."""
        run = await printing.one(engine, province_of(caller), reach_of(caller, PRINTS), run_id)
        if run.document is None:
            raise Problem(NOT_FOUND, detail="PDF", headers={} if run.ended_at else {"retry-after": "5"})
        name = f"attachment; filename*=UTF-8''giay-chung-nhan-{run.asked_at:%Y%m%d}-{run.papers}-{run.id}.pdf"
        return Response(
            await objects.fetch(run.document),
            media_type=_PDF,
            headers={"content-disposition": name, "cache-control": "private, max-age=3600"},
        )

    @routes.get("/certificates/print/{run_id}", response_model=PrintRunItem)
    async def one(caller: Annotated[Principal, may(PRINTS)], run_id: UUID) -> Response:
        """One run: how many papers are bound."""
        run = await printing.one(engine, province_of(caller), reach_of(caller, PRINTS), run_id)
        return json_response(print_run_item(run))

    app.include_router(routes)
