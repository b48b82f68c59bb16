"""What an assessment is made from, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Final, Literal

from services.grading.domain.composition import Composition
from services.grading.domain.evidence import Evidence
from services.grading.domain.gates import Conditions, Gates, GateState, Holder, Scores
from services.grading.domain.scheme import Scheme
from services.grading.domain.verdicts import Verdict

Status = Literal["not_started", "studying", "in_verdict", "refused", "recognised", "review", "withdrawn"]

# The report's figures that a result moves (contracts, section 4), in the order in which they are said.
FIGURES: Final = (
    "logged_in",
    "studying",
    "submitted",
    "graded",
    "lms_met",
    "core_team_met",
    "institution_met",
    "approved",
    "missing",
)


@dataclass(frozen=True, slots=True)
class Approval:
    """The approved list a learner stands on, with what it froze: a later difference opens a review."""

    list_id: str
    at: datetime
    by: str
    scores: Scores
    conditions: Conditions
    lms: GateState


@dataclass(frozen=True, slots=True)
class Case:
    """All that an assessment depends on. Evidence and verdicts in any order; event ids are unique.

    closes_at: end of the learner's last window (inclusive, in whole seconds: 23:59:59.900 is within
        23:59:59); None where no window binds her.
    has_account_at: since when she has an account; None while the vendor owes her one.
    core_team_holder: account of the class's grader, shown as the holder of the core team's gate.
    """

    scheme: Scheme
    composition: Composition
    evidence: tuple[Evidence, ...]
    enrolled_at: datetime
    closes_at: datetime | None = None
    has_account_at: datetime | None = None
    withdrawn_at: datetime | None = None
    verdicts: tuple[Verdict, ...] = ()
    approval: Approval | None = None
    pass_withdrawn_at: datetime | None = None
    certified_at: datetime | None = None
    core_team_holder: str | None = None

    @property
    def stands_on_list(self) -> bool:
        """Whether the approval holds; a withdrawal older than the approval belongs to an earlier list."""
        if self.approval is None:
            return False
        return self.pass_withdrawn_at is None or self.pass_withdrawn_at < self.approval.at

    def as_of(self, instant: datetime) -> Case:
        """The case as it was by effective time: nothing that took effect after the instant."""

        def by_then(at: datetime | None) -> datetime | None:
            return at if at is not None and at <= instant else None

        return replace(
            self,
            evidence=tuple(piece for piece in self.evidence if piece.at <= instant),
            has_account_at=by_then(self.has_account_at),
            withdrawn_at=by_then(self.withdrawn_at),
            verdicts=tuple(verdict for verdict in self.verdicts if verdict.at <= instant),
            approval=self.approval if self.approval is not None and self.approval.at <= instant else None,
            pass_withdrawn_at=by_then(self.pass_withdrawn_at),
            certified_at=by_then(self.certified_at),
        )


@dataclass(frozen=True, slots=True)
class ExactScores:
    """The values on which decisions were taken; None while a part is open."""

    diligence: Fraction | None
    process: Fraction | None
    final: Fraction | None
    total: Fraction | None


@dataclass(frozen=True, slots=True)
class Missing:
    """What is undone and who holds it."""

    what: str
    holder: Holder


@dataclass(frozen=True, slots=True)
class Unmarked:
    """A paper handed in that waits for its mark. `paper`: "final" or "essay:<name>"; `attempt` the newest handed in;
    `since` when the marker began to owe."""

    paper: str
    attempt: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """A figure that began (1) or ceased (-1) to hold for this learner, by effective time."""

    figure: str
    at: datetime
    delta: Literal[1, -1]


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """The newest survey's answers, 1 to 5."""

    content: int
    organisation: int
    staff: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Assessment:
    """Where a learner stands.

    missing: in the order of the learner's path.
    flags: sorted; "after_window", "beyond:<kind>", "movements" (a figure turned so often that turns in the middle
        are left out), "no_process", "of:<kind>", "questions", "self_marked", "undeclared_essay".
    first_login_at: the earliest act of the learner's own (log-in, registration, work, profile, survey,
        question): a vendor that never reports the first log-in still shows that it happened.
    movements: in the order of time.
    figures: those that hold at the end; `missing` as for a learner who is enrolled.
    unmarked: what its markers owe, in the order of the path; nothing of a withdrawn enrolment.
    """

    scores: Scores
    exact: ExactScores
    conditions: Conditions
    gates: Gates
    status: Status
    missing: tuple[Missing, ...]
    flags: tuple[str, ...]
    first_login_at: datetime | None
    registered_at: datetime | None
    satisfaction: Satisfaction | None
    movements: tuple[Movement, ...]
    figures: frozenset[str]
    unmarked: tuple[Unmarked, ...] = ()
