"""Kafka in: aggregate type -> use case, nothing else."""

from services.certificates.use_cases.passes import take_results
from shared.applying import Handler


def handlers() -> dict[str, Handler]:
    """What certificates hears: all that a paper prints is in the result, from `passed` on."""
    return {"result": take_results}
