"""The assessment: a pure function of evidence, composition, scheme version and persons' decisions."""

from services.grading.domain.assessment.assess import assess
from services.grading.domain.assessment.case import (
    FIGURES,
    Approval,
    Assessment,
    Case,
    ExactScores,
    Missing,
    Movement,
    Satisfaction,
    Status,
    Unmarked,
)

__all__ = [
    "FIGURES",
    "Approval",
    "Assessment",
    "Case",
    "ExactScores",
    "Missing",
    "Movement",
    "Satisfaction",
    "Status",
    "Unmarked",
    "assess",
]
