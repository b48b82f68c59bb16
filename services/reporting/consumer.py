"""Kafka in: aggregate type -> use case, nothing else."""

from __future__ import annotations

from services.reporting.use_cases import seats, units
from shared.applying import Handler


def handlers() -> dict[str, Handler]:
    """What reporting hears."""
    return {
        "unit": units.take_units,
        "person": units.take_persons,
        "enrolment": seats.take_enrolments,
        "result": seats.take_results,
        "certificate": seats.take_certificates,
    }
