"""Kafka in: aggregate type -> use case, nothing else."""

from functools import partial

from services.grading.use_cases.cases import Schemes
from services.grading.use_cases.enrolments import take_certificates, take_enrolments
from shared.applying import Handler


def handlers(schemes: Schemes) -> dict[str, Handler]:
    """What grading hears."""
    return {"enrolment": partial(take_enrolments, schemes=schemes), "certificate": take_certificates}
