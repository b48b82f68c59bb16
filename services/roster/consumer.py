"""Aggregate type -> use case."""

from __future__ import annotations

from services.roster.use_cases import enrolments
from shared.consumption import Handler


def handlers() -> dict[str, Handler]:
    """What roster hears."""
    return {"result": enrolments.hear_results}
