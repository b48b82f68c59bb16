"""Results for people: lists within reach, one with every input and reason, the schemes in force."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import FastAPI, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.api.scope import resource_of
from services.grading.domain.scheme import Scheme
from services.grading.schemas import result_item
from services.grading.store import results as store
from services.grading.store import verdicts as verdict_store
from services.grading.use_cases.cases import Schemes
from shared import paging
from shared.callers import Caller, demand
from shared.database import transaction
from shared.events.grading import Result, Status
from shared.events.roster import Enrolment
from shared.identity import Role, Rule, allowed, reach_of
from shared.paging import Cursor, Limit
from shared.problems import FORBIDDEN, NOT_FOUND, Problem
from shared.web import json_response, router

READS = Rule("result.read", frozenset(Role) - {Role.VENDOR, Role.OPERATOR})
_ENROLMENT = msgspec.json.Decoder(Enrolment)
_RESULT = msgspec.json.Decoder(Result)


def mount(app: FastAPI, engine: AsyncEngine, schemes: Schemes) -> None:
    """`GET /results`, `GET /results/{enrolment}`, `GET /schemes`"""
    routes = router()

    @routes.get("/results")
    async def listed(
        caller: Caller,
        unit: UUID | None = None,
        class_id: Annotated[UUID | None, Query(alias="class")] = None,
        status: Status | None = None,
        course: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """Results within the caller's reach, in the order of enrolment ids."""
        province_id = _province(caller)
        asked = store.Filter(unit, class_id, status, course, paging.after(cursor), limit + 1)
        async with transaction(engine, province_id) as connection:
            rows, total = await store.results(connection, province_id, reach_of(caller, READS), asked)
        page = paging.page(rows, limit=limit, total=total, id_of=lambda row: row.enrolment_id, item=result_item)
        return json_response(page)

    @routes.get("/results/{enrolment_id}")
    async def one(caller: Caller, enrolment_id: UUID) -> Response:
        """One result that explains itself: every input, the rule and its version, what is missing and why."""
        province_id = _province(caller)
        async with transaction(engine, province_id) as connection:
            row = await store.one(connection, province_id, enrolment_id)
            if row is None or not allowed(caller, READS, resource_of(_ENROLMENT.decode(row.state))):
                raise Problem(NOT_FOUND)
            inputs = await store.inputs(connection, province_id, enrolment_id)
            verdicts = await verdict_store.verdicts(connection, [(province_id, enrolment_id)])
        result, enrolment = _RESULT.decode(row.result), _ENROLMENT.decode(row.state)
        scheme = schemes[result.scheme.id, result.scheme.version]
        explained = {
            "inputs": [one | {"facts": msgspec.Raw(str(one["facts"]).encode())} for one in inputs],
            "composition": enrolment.offering.composition,
            "rule": _scheme(scheme),
            "windows": enrolment.windows,
            "verdicts": verdicts.get(enrolment_id, []),
            "movements": result.movements,
            "steps": result.steps,
            "recognition": result.recognition,
        }
        return json_response(result_item(row) | explained)

    @routes.get("/schemes")
    async def known_schemes(caller: Caller) -> Response:
        """The rule sets this installation judges by, each with its source."""
        demand(caller, READS)
        items = [_scheme(scheme) for scheme in schemes.values()]
        return json_response({"items": items, "next": None, "total": len(items)})

    app.include_router(routes)


def _province(caller: Caller) -> UUID:
    demand(caller, READS)
    if caller.province_id is None:
        raise Problem(FORBIDDEN)
    return caller.province_id


def _scheme(scheme: Scheme) -> dict[str, Any]:
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
    }
