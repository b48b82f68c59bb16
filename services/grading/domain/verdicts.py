"""Who may say what about a learner: verdicts at the two human gates, and rows of a recognition list.

Rules: ASS-6 (three verdicts by different people, the list is approved by the department; Kế hoạch Long An
2020, 2.c), ASS-8 (nobody judges herself, nobody speaks in two of the three roles on one learner).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from services.grading.domain.gates import NOT_REQUIRED, Gates

VerdictGate = Literal["core_team", "institution"]
Role = Literal["core_team", "institution", "list"]

LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said at a gate; `order`, as recorded, tells verdicts of one instant apart."""

    gate: VerdictGate
    met: bool
    reason: str | None
    by_account: str
    by_person: str
    at: datetime
    order: int


class Problem(StrEnum):
    """Why a verdict or a row of a list is refused; the text people read belongs to the edge."""

    GATE_NOT_ASKED = "gate_not_asked"
    GATE_BEFORE = "gate_before_not_met"
    GATES_NOT_MET = "gates_not_met"
    REASON_MISSING = "reason_missing"
    REASON_TOO_LONG = "reason_too_long"
    REASON_CHARACTERS = "reason_characters"
    OWN_RESULT = "own_result"
    SECOND_ROLE = "second_role"
    WITHDRAWN = "withdrawn"
    ALREADY_APPROVED = "already_approved"
    OLDER = "older_than_the_one_in_force"
    ROW_TWICE = "row_twice"

    @property
    def text(self) -> str:
        """One short English sentence."""
        return TEXTS[self]


TEXTS: Final = {
    Problem.GATE_NOT_ASKED: "The scheme does not ask for this gate.",
    Problem.GATE_BEFORE: "The gate before this one is not met.",
    Problem.GATES_NOT_MET: "Not all three gates are met.",
    Problem.REASON_MISSING: "A refusal needs a reason.",
    Problem.REASON_TOO_LONG: f"A reason has at most {LONGEST_REASON} characters.",
    Problem.REASON_CHARACTERS: "The reason holds a character that cannot be stored.",
    Problem.OWN_RESULT: "Nobody decides on her own result.",
    Problem.SECOND_ROLE: "This person has already decided on this learner in another role.",
    Problem.WITHDRAWN: "The learner has been withdrawn.",
    Problem.ALREADY_APPROVED: "The learner is on an approved list.",
    Problem.OLDER: "A newer verdict is in force at this gate; this one would change nothing.",
    Problem.ROW_TWICE: "The call names this learner in an earlier row.",
}


def kept_reason(reason: str | None) -> str | None:
    """A reason as it is kept."""
    return (reason or "").strip() or None


def repeats(standing: Verdict | None, *, met: bool, reason: str | None, giver: str) -> bool:
    """Whether a verdict is the one in force said again, as after a lost answer: taken, and nothing more to record."""
    return standing is not None and (standing.met, standing.reason, standing.by_person) == (
        met,
        kept_reason(reason),
        giver,
    )


def judge(
    gate: VerdictGate,
    *,
    met: bool,
    reason: str | None,
    at: datetime,
    standing: Verdict | None,
    gates: Gates,
    withdrawn: bool,
    giver: str,
    learner: str,
    given: Iterable[tuple[Role, str]],
) -> Problem | None:
    """Why this verdict may not be given; None where it may.

    `giver` and `learner` are person ids (not accounts: one person may have several). `standing` is the verdict in
    force at the gate, `given` every verdict and approval so far on this learner as (role, person id), superseded
    ones too. A verdict may be given again by whoever holds the same role, and stands whatever happens to the gate
    before it later.
    """
    if withdrawn:
        return Problem.WITHDRAWN
    if giver == learner:
        return Problem.OWN_RESULT
    if _spoke_elsewhere(gate, giver, given):
        return Problem.SECOND_ROLE
    if NOT_REQUIRED in (gates.core_team if gate == "core_team" else gates.institution).reasons:
        return Problem.GATE_NOT_ASKED
    if (gates.lms if gate == "core_team" else gates.core_team).state != "met":
        return Problem.GATE_BEFORE
    if standing is not None and at < standing.at:
        return Problem.OLDER
    return _reason(reason, required=not met)


def judge_row(
    *,
    gates: Gates,
    withdrawn: bool,
    approved: bool,
    approver: str | None,
    learner: str,
    given: Iterable[tuple[Role, str]],
) -> Problem | None:
    """Why this learner may not stand on a list; None where she may.

    Asked when the list is made (`approver` None: who writes it decides nothing) and again in the approving
    transaction (`approver` a person id). `approved`: she is on an approved list whose pass was not withdrawn.
    """
    if withdrawn:
        return Problem.WITHDRAWN
    if approved:
        return Problem.ALREADY_APPROVED
    if any(gate.state != "met" for gate in (gates.lms, gates.core_team, gates.institution)):
        return Problem.GATES_NOT_MET
    if approver is None:
        return None
    if approver == learner:
        return Problem.OWN_RESULT
    if _spoke_elsewhere("list", approver, given):
        return Problem.SECOND_ROLE
    return None


def _spoke_elsewhere(role: Role, person: str, given: Iterable[tuple[Role, str]]) -> bool:
    return any(other != role and giver == person for other, giver in given)


def _reason(reason: str | None, *, required: bool) -> Problem | None:
    text = (reason or "").strip()
    if required and not text:
        return Problem.REASON_MISSING
    if len(text) > LONGEST_REASON:
        return Problem.REASON_TOO_LONG
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return Problem.REASON_CHARACTERS
    return None
