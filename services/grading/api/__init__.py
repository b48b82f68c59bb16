"""HTTP in: parse, call one use case, shape the answer; the table of exceptions is here."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.api import decisions, deliveries, results
from services.grading.domain.evidence import BadEvidenceError
from services.grading.use_cases import decisions as use_cases
from services.grading.use_cases import intake
from services.grading.use_cases.assessment import Schemes
from shared import operations, problems
from shared.problems import Kind

ERRORS: dict[type[Exception], Kind] = {
    intake.MalformedDeliveryError: problems.INVALID,
    intake.TooLargeError: problems.TOO_LARGE,
    intake.ConflictError: problems.CONFLICT,
    BadEvidenceError: problems.INVALID,
    use_cases.NoSuchListError: problems.NOT_FOUND,
    use_cases.NoSuchEnrolmentError: problems.NOT_FOUND,
    use_cases.AlreadyApprovedError: problems.CONFLICT,
    use_cases.NotRecognisedError: problems.CONFLICT,
    use_cases.NotAPersonError: problems.FORBIDDEN,
}


def mount(app: FastAPI, engine: AsyncEngine, schemes: Schemes) -> None:
    """All of grading's routes."""
    deliveries.mount(app, engine)
    results.mount(app, engine, schemes)
    decisions.mount(app, engine, schemes)
    operations.mount(app, engine)
