"""What a row of a recognition list rests on, kept when the list is made and again when it is approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.grading.domain.gates import Conditions, Gates, GateState, Scores

SCORES = ("diligence", "process", "final", "total")
CONDITIONS = ("survey", "profile")
VERDICTS = ("core_team", "institution")


@dataclass(frozen=True, slots=True)
class Basis:
    """Scores as shown, the conditions, the platform's gate; the two verdicts were met, or there were no row."""

    scores: Scores
    conditions: Conditions
    lms: GateState


@dataclass(frozen=True, slots=True)
class Change:
    """Something that says other than before. `what`: a score, a condition, or a gate by its name."""

    what: str
    before: str | bool | None
    now: str | bool | None


def basis_of(scores: Scores, conditions: Conditions, gates: Gates) -> Basis:
    """What stands now."""
    return Basis(scores, conditions, gates.lms.state)


def changes(before: Basis, now: Basis, gates: Gates) -> list[Change]:
    """What is different now from what a row rested on, in the order of the learner's path."""
    return [change for change in _pairs(before, now, gates) if change.before != change.now]


def _pairs(before: Basis, now: Basis, gates: Gates) -> Iterator[Change]:
    for name in SCORES:
        yield Change(name, getattr(before.scores, name), getattr(now.scores, name))
    for name in CONDITIONS:
        yield Change(name, getattr(before.conditions, name), getattr(now.conditions, name))
    yield Change("lms", before.lms, now.lms)
    for name in VERDICTS:
        yield Change(name, "met", getattr(gates, name).state)
