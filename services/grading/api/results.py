"""Results for people: lists within reach, one with every input and reason, the schemes in force."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import FastAPI, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.domain.rubric import SCALE, Rubric, Rubrics
from services.grading.domain.scheme import Scheme
from services.grading.schemas import result_item
from services.grading.schemas.results import Missing, ResultList
from services.grading.use_cases import results
from services.grading.use_cases.cases import Schemes
from services.grading.use_cases.marks import AllRubrics
from shared import paging
from shared.callers import may, province_of
from shared.events.grading import Result, Status
from shared.identity import Over, Principal, Role, Rule, reach_of
from shared.paging import Cursor, Limit
from shared.scope import reaches
from shared.web import json_response, router

READS = Rule("result.read", frozenset(Role) - {Role.VENDOR, Role.OPERATOR})
READS_SCHEMES = Rule("scheme.read", READS.roles, Over.ROLE)
_RESULT = msgspec.json.Decoder(Result)


def mount(app: FastAPI, engine: AsyncEngine, schemes: Schemes, rubrics: AllRubrics) -> None:
    """`GET /results`, `GET /results/{enrolment}`, `GET /schemes`"""
    routes = router()

    @routes.get("/results", response_model=ResultList)
    async def listed(
        caller: Annotated[Principal, may(READS)],
        unit: UUID | None = None,
        class_id: Annotated[UUID | None, Query(alias="class")] = None,
        person: UUID | None = None,
        status: Status | None = None,
        missing: Missing | None = None,
        course: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """Results within the caller's reach, in the order of enrolment ids; `missing`: those that still lack it (of the
        persons' steps each lacks only its next)."""
        rows, total = await results.page(
            engine,
            province_of(caller),
            reach_of(caller, READS),
            unit=unit,
            class_id=class_id,
            person=person,
            status=status,
            missing=missing,
            course=course,
            after=paging.after(cursor),
            limit=limit + 1,
        )
        page = paging.page(rows, limit=limit, total=total, id_of=lambda row: row.enrolment_id, item=result_item)
        return json_response(page)

    @routes.get("/results/{enrolment_id}")
    async def one(caller: Annotated[Principal, may(READS)], enrolment_id: UUID) -> Response:
        """One result that explains itself: every input, the rule and its version, what is missing and why. What was
        answered in a survey is shown to who answered it alone."""
        found = await results.explained(
            engine, province_of(caller), enrolment_id, reaches(caller, READS), reader=caller.person_id
        )
        result = _RESULT.decode(found.row.result)
        scheme = schemes[result.scheme.id, result.scheme.version]
        explained = {
            "inputs": [one | {"facts": msgspec.Raw(str(one["facts"]).encode())} for one in found.inputs],
            "composition": found.enrolment.offering.composition,
            "rule": _scheme(scheme, rubrics),
            "windows": found.enrolment.windows,
            "verdicts": found.verdicts,
            "movements": result.movements,
            "steps": result.steps,
            "recognition": result.recognition,
        }
        return json_response(result_item(found.row) | explained)

    @routes.get("/schemes")
    async def known_schemes(_: Annotated[Principal, may(READS_SCHEMES)]) -> Response:
        """The rule sets this installation judges by, each with its source, and the criteria by which papers are marked
        here."""
        items = [_scheme(scheme, rubrics) for scheme in schemes.values()]
        return json_response({"items": items, "next": None, "total": len(items)})

    app.include_router(routes)


def _scheme(scheme: Scheme, rubrics: AllRubrics) -> dict[str, Any]:
    operator = "total_at_least" if scheme.threshold_passes else "total_over"
    return {
        "id": scheme.id,
        "version": scheme.version,
        "title": scheme.title,
        "source": {"document": scheme.document, "article": scheme.article},
        "scale": scheme.scale,
        "weights": {
            "diligence": str(scheme.weight_diligence),
            "process": str(scheme.weight_process),
            "final": str(scheme.weight_final),
        },
        "process": {"reading": scheme.reading},
        "pass": {operator: str(scheme.threshold)},
        "conditions": scheme.conditions,
        "after_window": scheme.after_window,
        "gates": scheme.gates,
        "criteria": None if (of := rubrics.get(scheme.ref)) is None else _criteria(of),
    }


def _criteria(rubrics: Rubrics) -> dict[str, Any]:
    """By what papers are marked here."""
    kinds = {"essay": rubrics.essay, "final": rubrics.final}
    return {"version": rubrics.version, "scale": SCALE} | {name: _rubric(rubric) for name, rubric in kinds.items()}


def _rubric(rubric: Rubric) -> dict[str, Any]:
    source = {"document": rubric.document, "annex": rubric.annex}
    return {"source": source, "assumption": rubric.assumption, "criteria": rubric.criteria}
