"""HTTP in: parse, call one use case, shape the answer; the table of exceptions is here."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.adapters.bounds import RefusedWorkbookError
from services.roster.api import enrolments, forms, imports, internal, offerings, people, role_grants, units
from services.roster.api.vietnamese import VIETNAMESE as VIETNAMESE
from services.roster.domain.allocation import AllocationError
from services.roster.domain.units import UnitChangeError
from services.roster.domain.windows import BadWindowError
from services.roster.use_cases.enrolments import NoSuchEnrolmentError, WithdrawnError
from services.roster.use_cases.filling_in import BadFormRowError, FormRowWaitsError
from services.roster.use_cases.forms import (
    FormRowClosedError,
    FormRowNotYoursError,
    NoSuchFormRowError,
    OwnFormRowError,
)
from services.roster.use_cases.grants import BadGrantError, NoSuchAccountError
from services.roster.use_cases.imports import ImportRefusedError, NoSuchImportError
from services.roster.use_cases.offerings import (
    CourseTakenError,
    NoSuchClassError,
    NoSuchGraderError,
    NoSuchOfferingError,
    OwnClassError,
)
from services.roster.use_cases.people import NoSuchPersonError
from shared import operations, problems
from shared.objects import Objects
from shared.problems import Kind

ERRORS: dict[type[Exception], Kind] = {
    AllocationError: problems.INVALID,
    BadFormRowError: problems.INVALID,
    BadGrantError: problems.INVALID,
    BadWindowError: problems.INVALID,
    CourseTakenError: problems.CONFLICT,
    FormRowClosedError: problems.CONFLICT,
    FormRowNotYoursError: problems.CONFLICT,
    FormRowWaitsError: problems.CONFLICT,
    ImportRefusedError: problems.CONFLICT,
    NoSuchAccountError: problems.NOT_FOUND,
    NoSuchClassError: problems.NOT_FOUND,
    NoSuchEnrolmentError: problems.NOT_FOUND,
    NoSuchFormRowError: problems.NOT_FOUND,
    NoSuchGraderError: problems.INVALID,
    NoSuchImportError: problems.NOT_FOUND,
    NoSuchOfferingError: problems.NOT_FOUND,
    NoSuchPersonError: problems.NOT_FOUND,
    OwnClassError: problems.INVALID,
    OwnFormRowError: problems.CONFLICT,
    RefusedWorkbookError: problems.INVALID,
    UnitChangeError: problems.INVALID,
    WithdrawnError: problems.CONFLICT,
}


def mount(app: FastAPI, engine: AsyncEngine, objects: Objects) -> None:
    """All of roster's routes."""
    units.mount(app, engine)
    role_grants.mount(app, engine)
    people.mount(app, engine)
    imports.mount(app, engine, objects)
    offerings.mount(app, engine)
    enrolments.mount(app, engine)
    forms.mount(app, engine)
    internal.mount(app, engine)
    operations.mount(app, engine)
