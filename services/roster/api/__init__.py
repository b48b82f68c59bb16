"""HTTP in: parse, call one use case, shape the answer; and which exception is which problem."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.adapters.bounds import RefusedWorkbookError
from services.roster.api import enrolments, imports, internal, offerings, people, role_grants, units
from services.roster.domain.allocation import AllocationError
from services.roster.domain.units import UnitChangeError
from services.roster.domain.windows import BadWindowError
from services.roster.use_cases.enrolments import NoSuchEnrolmentError, WithdrawnError
from services.roster.use_cases.grants import BadGrantError, NoSuchAccountError
from services.roster.use_cases.imports import ImportRefusedError, NoSuchImportError
from services.roster.use_cases.offerings import (
    CourseTakenError,
    NoSuchClassError,
    NoSuchGraderError,
    NoSuchOfferingError,
)
from services.roster.use_cases.people import NoSuchPersonError
from shared import operations, problems
from shared.objects import Objects
from shared.problems import Kind

ERRORS: dict[type[Exception], Kind] = {
    AllocationError: problems.INVALID,
    BadGrantError: problems.INVALID,
    BadWindowError: problems.INVALID,
    CourseTakenError: problems.CONFLICT,
    ImportRefusedError: problems.CONFLICT,
    NoSuchAccountError: problems.NOT_FOUND,
    NoSuchClassError: problems.NOT_FOUND,
    NoSuchEnrolmentError: problems.NOT_FOUND,
    NoSuchGraderError: problems.INVALID,
    NoSuchImportError: problems.NOT_FOUND,
    NoSuchOfferingError: problems.NOT_FOUND,
    NoSuchPersonError: problems.NOT_FOUND,
    RefusedWorkbookError: problems.INVALID,
    UnitChangeError: problems.INVALID,
    WithdrawnError: problems.CONFLICT,
}


def mount(app: FastAPI, engine: AsyncEngine, objects: Objects) -> None:
    """Adds roster's routes."""
    for routes in (
        units.routes(engine),
        role_grants.routes(engine),
        people.routes(engine),
        imports.routes(engine, objects),
        offerings.routes(engine),
        enrolments.routes(engine),
        internal.routes(engine),
    ):
        app.include_router(routes)
    operations.mount(app, engine)
