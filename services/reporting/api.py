"""HTTP in: the catalogue of reports, and each report in its forms. A new report needs no change here."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.reporting.domain.reports import CATALOGUE
from services.reporting.schemas import AskedQuery, ReportQuery, StandingsQuery, instant_of, standing_item
from services.reporting.schemas.answers import ReportLine, StandingList
from services.reporting.use_cases import evidence, reports, standings
from services.reporting.use_cases.asking import BadSpanError, NotFoundError, Wanted
from shared import operations, paging, problems, sheets
from shared.audit import Act
from shared.callers import acts, may
from shared.identity import Over, Principal, Role, Rule
from shared.problems import Kind, Problem
from shared.versions import headers_of, is_known, version_of
from shared.web import answers, json_response, router

VIETNAMESE: dict[str, str] = {"from, to: one to {} days": "from, to: từ một đến {} ngày"}
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

READS_LINE = Rule("evidence.read", READS.roles | {Role.CORE_TEACHER, Role.INSTITUTION_LECTURER, Role.LEARNER})
"""Whoever may follow one learner through: those of her unit, her class and her audience, and she herself."""

READS_CATALOGUE = Rule("report.list", READS.roles, Over.ROLE)


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """All of reporting's routes; reports are read from one snapshot, so that a total equals its parts."""
    snapshots = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    routes = router()

    @routes.get("/reports")
    async def catalogue(_: Annotated[Principal, may(READS_CATALOGUE)]) -> Response:
        """The reports there are, with their figures, rates and denominators."""
        items = reports.listed()
        return json_response({"items": items, "next": None, "total": len(items)})

    @routes.get("/evidence/{enrolment_id}", response_model=ReportLine)
    async def line(
        caller: Annotated[Principal, may(READS_LINE)], act: Annotated[Act, acts(READS_LINE)], enrolment_id: UUID
    ) -> Response:
        """The report line of one enrolment: the units it counts in, when each figure began and ceased to count it, its
        stages. The other lines of the evidence are `/enrolments/{id}`, `/results/{id}` and `/certificates`."""
        return json_response(await evidence.line(snapshots, act, caller, READS_LINE, enrolment_id))

    @routes.get("/reports/coverage/enrolments", response_model=StandingList)
    async def enrolments(
        caller: Annotated[Principal, may(READS)],
        act: Annotated[Act, acts(READS)],
        query: Annotated[StandingsQuery, Query()],
    ) -> Response:
        """The enrolments that `coverage` counts, in the order of their ids: where each stands, since when, who must
        act. It names nobody: names, posts and contacts are roster's, by the same ids."""
        rows, total = await standings.page(
            snapshots,
            act,
            caller,
            READS,
            _wanted(query, act.at),
            stage=query.stage,
            owner=query.owner,
            class_id=query.class_id,
            after=paging.after(query.cursor),
            limit=query.limit + 1,
        )
        page = paging.page(rows, limit=query.limit, total=total, id_of=itemgetter("seat_id"), item=standing_item)
        return json_response(page)

    @routes.get("/reports/{name}", responses=answers(sheets.CSV_TYPE, sheets.XLSX_TYPE))
    async def report(
        request: Request,
        caller: Annotated[Principal, may(READS)],
        act: Annotated[Act, acts(READS)],
        name: str,
        query: Annotated[ReportQuery, Query()],
    ) -> Response:
        """A report as JSON, csv or xlsx, for one unit and everything below it, as of an instant. Its ETag stays the
        same as long as its figures do."""
        wanted = _wanted(query, act.at)
        document = await reports.answer(snapshots, act, caller, READS, name, wanted, first=query.first, last=query.last)
        version = version_of(document, without=("as_of",))
        if query.version not in (None, version):
            raise Problem(problems.PRECONDITION_FAILED)
        headers = headers_of(version)
        if query.format == "json":
            if is_known(request, version):
                return Response(status_code=304, headers=headers)
            return json_response(document, headers=headers)
        table = CATALOGUE[name].table(document)
        title = CATALOGUE[name].title_vi
        return await sheets.download(table, title=title, name=name, kind=query.format, headers=headers)

    app.include_router(routes)
    operations.mount(app, engine)


def _wanted(query: AskedQuery, now: datetime) -> Wanted:
    as_of = instant_of(query.as_of, now)
    return Wanted(unit=query.unit, offering=query.offering, as_of=as_of, structure=query.structure)
