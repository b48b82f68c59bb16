"""HTTP in: parse, call one use case, shape the answer; the table of exceptions is here."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.api import decisions, deliveries, results
from services.grading.domain.evidence import BadEvidenceError
from services.grading.use_cases import deciding, intake, recognition
from services.grading.use_cases import deliveries as reading
from services.grading.use_cases.cases import Schemes
from shared import operations, problems
from shared.problems import Kind

ERRORS: dict[type[Exception], Kind] = {
    reading.MalformedDeliveryError: problems.INVALID,
    reading.TooLargeError: problems.TOO_LARGE,
    intake.ConflictError: problems.CONFLICT,
    BadEvidenceError: problems.INVALID,
    recognition.NoSuchListError: problems.NOT_FOUND,
    recognition.NoSuchEnrolmentError: problems.NOT_FOUND,
    recognition.AlreadyApprovedError: problems.CONFLICT,
    recognition.NotRecognisedError: problems.CONFLICT,
    deciding.NotAPersonError: problems.FORBIDDEN,
}


def mount(app: FastAPI, engine: AsyncEngine, schemes: Schemes) -> None:
    """All of grading's routes."""
    deliveries.mount(app, engine)
    results.mount(app, engine, schemes)
    decisions.mount(app, engine, schemes)
    operations.mount(app, engine)
