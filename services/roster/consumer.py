"""Kafka in: aggregate type -> use case, nothing else."""

from __future__ import annotations

from services.roster.use_cases import enrolments
from shared.applying import Handler


def handlers() -> dict[str, Handler]:
    """What roster hears."""
    return {"result": enrolments.take_results}
