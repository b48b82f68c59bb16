"""HTTP in: the catalogue of reports, and each report in its forms. A new report needs no change here."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.reporting.adapters import files
from services.reporting.domain.reports import CATALOGUE
from services.reporting.schemas import ReportQuery, instant_of
from services.reporting.use_cases import reports
from services.reporting.use_cases.reports import BadSpanError, NotFoundError, Wanted
from shared import operations, problems
from shared.callers import Caller, act_of, demand
from shared.identity import Role, Rule
from shared.problems import Kind, Problem
from shared.versions import headers_of, is_known, version_of
from shared.web import answers, json_response, router

ERRORS: dict[type[Exception], Kind] = {NotFoundError: problems.NOT_FOUND, BadSpanError: problems.INVALID}

READS = Rule(
    "report.read",
    frozenset(
        {
            Role.PROVINCE_OFFICER,
            Role.DEPARTMENT_LEADER,
            Role.AUDITOR,
            Role.DISTRICT_OFFICER,
            Role.SCHOOL_HEAD,
        }
    ),
)


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """All of reporting's routes; reports are read from one snapshot, so that a total equals its parts."""
    snapshots = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    routes = router()

    @routes.get("/reports")
    async def catalogue(caller: Caller) -> Response:
        """The reports there are, with their figures, rates and denominators."""
        demand(caller, READS)
        items = reports.listed()
        return json_response({"items": items, "next": None, "total": len(items)})

    @routes.get("/reports/{name}", responses=answers(files.CSV_TYPE, files.XLSX_TYPE))
    async def report(request: Request, caller: Caller, name: str, query: Annotated[ReportQuery, Query()]) -> Response:
        """A report as JSON, csv or xlsx, for one unit and everything below it, as of an instant. Its ETag stays the
        same as long as its figures do."""
        act = act_of(request, caller, READS)
        as_of = instant_of(query.as_of, act.at)
        wanted = Wanted(
            report=name,
            unit=query.unit,
            offering=query.offering,
            as_of=as_of,
            structure=query.structure,
            first=query.first,
            last=query.last,
        )
        document = await reports.answer(snapshots, act, caller, READS, wanted)
        version = version_of(document, without=("as_of",))
        if query.version not in (None, version):
            raise Problem(problems.PRECONDITION_FAILED)
        headers = headers_of(version)
        if query.format == "json":
            if is_known(request, version):
                return Response(status_code=304, headers=headers)
            return json_response(document, headers=headers)
        entry = CATALOGUE[name]
        table = entry.table(document)
        headers["content-disposition"] = f'attachment; filename="{name}.{query.format}"'
        if query.format == "csv":
            return Response(files.to_csv(table), media_type=files.CSV_TYPE, headers=headers)
        content = await asyncio.to_thread(files.to_xlsx, table, entry.title_vi)
        return Response(content, media_type=files.XLSX_TYPE, headers=headers)

    app.include_router(routes)
    operations.mount(app, engine)
