"""Verdicts, recognition lists, withdrawn passes."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.schemas import ListIn, VerdictsIn, WithdrawalIn
from services.grading.schemas.results import Judgements, ListApproved, ListMade, RecognitionListItem, RecognitionLists
from services.grading.use_cases import recognition
from services.grading.use_cases.cases import Schemes
from services.grading.use_cases.recognition import RefusedRowsError
from services.grading.use_cases.verdicts import Asked, give_verdicts, shown
from shared import paging
from shared.audit import Act
from shared.callers import acts, demand, may, province_of
from shared.identity import Principal, Role, Rule, reach_of
from shared.paging import Cursor, Limit
from shared.problems import CONFLICT, Problem
from shared.scope import reaches
from shared.web import json_response, router

VERDICTS = {
    "core_team": Rule("verdict.core_team", frozenset({Role.CORE_TEACHER})),
    "institution": Rule("verdict.institution", frozenset({Role.INSTITUTION_LECTURER})),
}
MAKES_LISTS = Rule("recognition_list.make", frozenset({Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER}))
APPROVES_LISTS = Rule("recognition_list.approve", frozenset({Role.DEPARTMENT_LEADER}))
WITHDRAWS = Rule("pass.withdraw", frozenset({Role.DEPARTMENT_LEADER}))
SEES_LISTS = Rule(
    "recognition_list.read",
    frozenset({Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER, Role.AUDITOR, Role.INSTITUTION_LECTURER}),
)


def mount(app: FastAPI, engine: AsyncEngine, schemes: Schemes) -> None:
    """`POST /verdicts`, `/recognition-lists` and its approval, `POST /results/{enrolment}/withdraw-pass`"""
    routes, rows_alone = router(), router(rows_alone=True)

    @rows_alone.post("/verdicts", response_model=Judgements)
    async def verdicts(
        caller: Annotated[Principal, may(*VERDICTS.values())],
        act: Annotated[Act, acts(*VERDICTS.values())],
        body: VerdictsIn,
    ) -> Response:
        """Verdicts at one gate, each row on its own: what may not be given is refused with its problem."""
        rule = VERDICTS[body.gate]
        demand(caller, rule)
        asked = [Asked(row.enrolment_id, row.met, row.reason) for row in body.verdicts]
        judged = await give_verdicts(engine, act, body.gate, asked, schemes, reaches(caller, rule))
        return json_response({"items": [shown(row) for row in judged]})

    @routes.get("/recognition-lists", response_model=RecognitionLists)
    async def lists(
        caller: Annotated[Principal, may(SEES_LISTS)], limit: Limit = 50, cursor: Cursor = None
    ) -> Response:
        """Recognition lists with a learner within reach on them, oldest first."""
        rows, total = await recognition.lists(
            engine, province_of(caller), reach_of(caller, SEES_LISTS), after=paging.after(cursor), limit=limit + 1
        )
        return json_response(paging.page(rows, limit=limit, total=total, id_of=lambda row: row.id, item=_shown))

    @routes.get("/recognition-lists/{list_id}", response_model=RecognitionListItem)
    async def one_list(caller: Annotated[Principal, may(SEES_LISTS)], list_id: UUID) -> Response:
        """One recognition list."""
        return json_response(
            _shown(await recognition.one_list(engine, province_of(caller), reach_of(caller, SEES_LISTS), list_id))
        )

    @routes.post("/recognition-lists", status_code=201, response_model=ListMade)
    async def make_list(
        caller: Annotated[Principal, may(MAKES_LISTS)], act: Annotated[Act, acts(MAKES_LISTS)], body: ListIn
    ) -> Response:
        """Makes a list of learners whose three gates are met, all or nothing."""
        try:
            list_id = await recognition.make_list(
                engine, act, body.title, body.enrolment_ids, schemes, reaches(caller, MAKES_LISTS)
            )
        except RefusedRowsError as refused:
            raise _refusal(refused) from None
        return json_response({"id": list_id, "title": body.title, "rows": len(set(body.enrolment_ids))}, 201)

    @routes.post("/recognition-lists/{list_id}/approve", response_model=ListApproved)
    async def approve(
        caller: Annotated[Principal, may(APPROVES_LISTS)], act: Annotated[Act, acts(APPROVES_LISTS)], list_id: UUID
    ) -> Response:
        """Approves a list, all or nothing; each learner on it has then passed, and is given a certificate."""
        try:
            rows = await recognition.approve_list(engine, act, list_id, schemes, reaches(caller, APPROVES_LISTS))
        except RefusedRowsError as refused:
            raise _refusal(refused) from None
        return json_response({"id": list_id, "approved_at": act.at, "rows": rows})

    @routes.post("/results/{enrolment_id}/withdraw-pass")
    async def withdraw(
        caller: Annotated[Principal, may(WITHDRAWS)],
        act: Annotated[Act, acts(WITHDRAWS)],
        enrolment_id: UUID,
        body: WithdrawalIn,
    ) -> Response:
        """Takes back a pass by a person's decision."""
        await recognition.withdraw_pass(
            engine, act, enrolment_id, body.reason.strip(), schemes, reaches(caller, WITHDRAWS)
        )
        return json_response({"id": enrolment_id, "pass_withdrawn_at": act.at})

    app.include_router(routes)
    app.include_router(rows_alone)


def _shown(row: recognition.ListRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "state": "draft" if row.approved_at is None else "approved",
        "made_by": row.made_by,
        "made_at": row.made_at,
        "approved_by": row.approved_by,
        "approved_at": row.approved_at,
        "rows": row.rows,
    }


def _refusal(refused: RefusedRowsError) -> Problem:
    rows = [{"enrolment_id": str(row.enrolment_id), "problem": str(row.problem)} for row in refused.rows]
    return Problem(CONFLICT, detail=str(refused), more={"items": rows[:500]})
