"""The rows of a recognition list, as JSON, CSV and xlsx."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.api.decisions import APPROVES_LISTS, SEES_LISTS
from services.grading.schemas import gates_item
from services.grading.schemas.results import ListedPage
from services.grading.use_cases import listed
from services.grading.use_cases.cases import Schemes
from services.grading.use_cases.listed import ApprovalRow, Listed
from shared import paging, sheets
from shared.callers import may, province_of
from shared.identity import Principal, allowed, reach_of
from shared.paging import Cursor, Limit
from shared.sheets import Format, Table
from shared.web import answers, json_response, router

_MOST_PRINTED = 5_000
_FILES = answers(sheets.CSV_TYPE, sheets.XLSX_TYPE)


def mount(app: FastAPI, engine: AsyncEngine, schemes: Schemes) -> None:
    """`GET /recognition-lists/{id}/rows`; each answer is of one snapshot."""
    snapshots = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    routes = router()

    @routes.get("/recognition-lists/{list_id}/rows", response_model=ListedPage, responses=_FILES)
    async def rows(
        caller: Annotated[Principal, may(SEES_LISTS)],
        list_id: UUID,
        format: Format = "json",  # noqa: A002
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """The learners on a list within reach, each as she stands now: what has changed since the list was approved (a
        draft: since it was made), and why the approval of a draft would be refused for her."""
        many = limit if format == "json" else _MOST_PRINTED
        found, total = await listed.rows(
            snapshots,
            province_of(caller),
            reach_of(caller, SEES_LISTS),
            list_id,
            schemes,
            approver=caller.person_id if allowed(caller, APPROVES_LISTS) else None,
            after=paging.after(cursor),
            limit=many + 1,
        )
        if format == "json":
            page = paging.page(
                found, limit=limit, total=total, id_of=lambda row: row.enrolment.enrolment_id, item=_shown
            )
            return json_response(page)
        table = Table(_HEADER, [_printed(row) for row in found[:many]])
        return await sheets.download(table, title="Danh sách công nhận", name="recognition-list", kind=format)

    app.include_router(routes)


def _shown(row: Listed) -> dict[str, Any]:
    enrolment, assessment = row.enrolment, row.assessment
    return {
        "enrolment_id": enrolment.enrolment_id,
        "person_id": enrolment.person.id,
        "name": enrolment.person.name,
        "unit": enrolment.unit_id,
        "unit_name": enrolment.unit_name,
        "class": enrolment.class_id,
        "class_code": enrolment.class_code,
        "course": enrolment.offering.course,
        "subject": enrolment.offering.subject,
        "scores": assessment.scores,
        "conditions": assessment.conditions,
        "gates": gates_item(assessment.gates),
        "status": assessment.status,
        "problem": row.problem,
        "changes": row.changes,
        "pass_withdrawn_at": None if row.approval is None else row.approval.pass_withdrawn_at,
        "other_list": None if row.elsewhere is None else _other(row.elsewhere),
    }


def _other(approval: ApprovalRow) -> dict[str, Any]:
    return {
        "id": approval.list_id,
        "title": approval.title,
        "approved_at": approval.approved_at,
        "pass_withdrawn_at": approval.pass_withdrawn_at,
    }


_HEADER = (
    "Học viên", "Đơn vị", "Lớp", "Khóa học", "Chuyên cần", "Quá trình", "Cuối khóa", "Tổng điểm",
    "Cốt cán đánh giá", "Cơ sở bồi dưỡng đánh giá",
)  # fmt: skip


def _printed(row: Listed) -> tuple[str | None, ...]:
    enrolment, scores, gates = row.enrolment, row.assessment.scores, row.assessment.gates
    who = (enrolment.person.name, enrolment.unit_name, enrolment.class_code, enrolment.offering.course)
    return (
        *who,
        scores.diligence,
        scores.process,
        scores.final,
        scores.total,
        gates.core_team.by,
        gates.institution.by,
    )
