"""The gates of a result in their order: the platform's rule, two persons' verdicts, the approved list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

GateState = Literal["waiting", "met", "refused"]
Holder = Literal["learner", "grader", "core_team", "institution", "department", "vendor"]

# The reason shown on a gate that the scheme does not ask for: it follows the gate before it.
NOT_REQUIRED: Final = "not_required"


@dataclass(frozen=True, slots=True)
class Gate:
    """`by` is an account, `at` when the state took effect (None while waiting), `holder` who can move it."""

    state: GateState
    by: str | None = None
    at: datetime | None = None
    reasons: tuple[str, ...] = ()
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Gates:
    """All four, whatever the scheme asks."""

    lms: Gate
    core_team: Gate
    institution: Gate
    list: Gate


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold beside the total; False until done."""

    survey: bool
    profile: bool


@dataclass(frozen=True, slots=True)
class Scores:
    """As shown: on the scheme's scale, two places, half up; None while a part is open."""

    diligence: str | None
    process: str | None
    final: str | None
    total: str | None
