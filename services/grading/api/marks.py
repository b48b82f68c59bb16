"""Marks given here, by the scheme's criteria."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.domain.marking import BadMarkError, Wanted
from services.grading.schemas import MarkIn
from services.grading.schemas.answers import MarkGiven
from services.grading.use_cases.cases import Schemes
from services.grading.use_cases.marks import AllRubrics, give_mark
from shared.audit import Act
from shared.callers import acts, may
from shared.identity import Principal, Role, Rule
from shared.problems import INVALID, Problem
from shared.scope import reaches
from shared.web import json_response, router

MARKS = Rule("mark.give", frozenset({Role.CORE_TEACHER}))


def mount(app: FastAPI, engine: AsyncEngine, schemes: Schemes, rubrics: AllRubrics) -> None:
    """`POST /results/{enrolment}/marks`"""
    routes = router()

    @routes.post("/results/{enrolment_id}/marks", status_code=201, response_model=MarkGiven)
    async def mark(
        caller: Annotated[Principal, may(MARKS)], act: Annotated[Act, acts(MARKS)], enrolment_id: UUID, body: MarkIn
    ) -> Response:
        """Marks one attempt of a paper that was handed in, by every criterion of the scheme; the score is their sum. A
        mark of an attempt that has one takes its place and says why. The result follows in a moment."""
        points = tuple((one.code, one.points) for one in body.criteria)
        wanted = Wanted(body.paper, body.attempt, points, body.comment, body.reason)
        try:
            given = await give_mark(engine, act, enrolment_id, wanted, schemes, rubrics, reaches(caller, MARKS))
        except BadMarkError as bad:
            raise _refusal(bad) from None
        shown = {"id": given.event_id, "enrolment_id": enrolment_id, "paper": body.paper, "attempt": body.attempt}
        score = {"score": given.mark.score, "scale": given.mark.scale, "grader": given.mark.grader, "at": given.at}
        return json_response(shown | score, 201)

    app.include_router(routes)


def _refusal(bad: BadMarkError) -> Problem:
    rows = [
        {"pointer": "/" + "/".join(str(part) for part in ("body", *fault.path)), "message": fault.message}
        for fault in bad.faults
    ]
    return Problem(INVALID, errors=rows)
