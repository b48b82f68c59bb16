"""HTTP in: parse, call one use case, shape the answer; the table of exceptions is here."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.api import decisions, deliveries, listed, marks, papers, results, seen
from services.grading.api.vietnamese import VIETNAMESE as VIETNAMESE
from services.grading.domain.evidence import BadEvidenceError
from services.grading.domain.marking import MarkRefusedError, NotHersToMarkError
from services.grading.use_cases.cases import Schemes
from services.grading.use_cases.deciding import NotAPersonError
from services.grading.use_cases.deliveries import MalformedDeliveryError, TooLargeError
from services.grading.use_cases.intake import ConflictError
from services.grading.use_cases.marks import AllRubrics
from services.grading.use_cases.recognition import (
    AlreadyApprovedError,
    NoSuchEnrolmentError,
    NoSuchListError,
    NotRecognisedError,
)
from services.grading.use_cases.seen import NoSuchVendorError
from services.grading.use_cases.sources import NameTakenError, NoSuchSourceError
from shared import operations, problems
from shared.problems import Kind

ERRORS: dict[type[Exception], Kind] = {
    MalformedDeliveryError: problems.INVALID,
    TooLargeError: problems.TOO_LARGE,
    ConflictError: problems.CONFLICT,
    BadEvidenceError: problems.INVALID,
    NoSuchListError: problems.NOT_FOUND,
    NoSuchEnrolmentError: problems.NOT_FOUND,
    AlreadyApprovedError: problems.CONFLICT,
    NotRecognisedError: problems.CONFLICT,
    NameTakenError: problems.CONFLICT,
    NoSuchSourceError: problems.UNAUTHENTICATED,
    NoSuchVendorError: problems.NOT_FOUND,
    NotAPersonError: problems.FORBIDDEN,
    NotHersToMarkError: problems.FORBIDDEN,
    MarkRefusedError: problems.CONFLICT,
}


def mount(app: FastAPI, engine: AsyncEngine, schemes: Schemes, rubrics: AllRubrics) -> None:
    """All of grading's routes."""
    deliveries.mount(app, engine)
    results.mount(app, engine, schemes, rubrics)
    decisions.mount(app, engine, schemes)
    listed.mount(app, engine, schemes)
    papers.mount(app, engine)
    marks.mount(app, engine, schemes, rubrics)
    seen.mount(app, engine)
    operations.mount(app, engine)
