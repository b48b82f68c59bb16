"""HTTP in: parse, call one use case, shape the answer; the table of exceptions is here."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.api import changes, printing, register, verification
from services.certificates.api.vietnamese import VIETNAMESE as VIETNAMESE
from services.certificates.domain.register import BadPatternError
from services.certificates.domain.state import EndedError
from services.certificates.use_cases.changes import NoIssuerError, NoSuchCertificateError, UnprintableError
from services.certificates.use_cases.printing import (
    NoSuchPrintRunError,
    NothingToPrintError,
    TooManyPapersError,
    WrongAimError,
)
from shared import operations, problems
from shared.objects import Objects
from shared.problems import Kind

ERRORS: dict[type[Exception], Kind] = {
    NoSuchCertificateError: problems.NOT_FOUND,
    UnprintableError: problems.INVALID,
    NoIssuerError: problems.CONFLICT,
    BadPatternError: problems.INVALID,
    EndedError: problems.CONFLICT,
    NothingToPrintError: problems.NOT_FOUND,
    NoSuchPrintRunError: problems.NOT_FOUND,
    TooManyPapersError: problems.INVALID,
    WrongAimError: problems.INVALID,
}


def mount(app: FastAPI, engine: AsyncEngine, objects: Objects, public_url: str) -> None:
    """All of certificates' routes."""
    printing.mount(app, engine, objects)  # before the register: `print` is no certificate's id
    register.mount(app, engine, objects)
    changes.mount(app, engine, public_url)
    verification.mount(app, engine)
    operations.mount(app, engine)
