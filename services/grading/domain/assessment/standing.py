"""The fold over one learner's evidence: running sums that give scores, gate and figures after any instant.

Final scores and dated movements come from this one fold, so what a result says today and what the report says
of a past day cannot differ. Evidence must be fed in the order of (at, event_id).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from services.grading.domain.assessment.papers import Paper
from services.grading.domain.assessment.totals import process_part, weighted
from services.grading.domain.composition import Composition
from services.grading.domain.evidence import (
    LEARNER_ACTS,
    LEARNING,
    WINDOWED,
    Answers,
    EventType,
    Evidence,
    Item,
    ItemKind,
    Mark,
    Profile,
    Quiz,
    Submission,
)
from services.grading.domain.exact import Ratio, over
from services.grading.domain.gates import GateState
from services.grading.domain.scheme import AfterWindow, Condition, Scheme

# Figures as bits, so that two instants are compared by one operation.
LOGGED_IN, STUDYING, SUBMITTED, GRADED, LMS_MET, OWES = 1, 2, 4, 8, 16, 32


class Standing:
    """What the evidence taken so far says. A part of weight 0 is judged as if the course had none of it."""

    def __init__(self, scheme: Scheme, composition: Composition) -> None:
        self._scheme = scheme
        self._threshold = scheme.threshold.as_integer_ratio()
        self._refuses = scheme.after_window is AfterWindow.REFUSE
        self._asks_survey = Condition.SURVEY in scheme.conditions
        self._asks_profile = Condition.PROFILE in scheme.conditions
        judged = scheme.weight_diligence > 0
        self._declared = {
            ItemKind.DOCUMENT: composition.document,
            ItemKind.GRAPHIC: composition.graphic,
            ItemKind.VIDEO: composition.video,
            ItemKind.TASK: composition.task,
        }
        self._items: dict[ItemKind, set[str]] = {kind: set() for kind in self._declared}
        self._tasks_due = max(composition.task, 0) if judged else 0
        self._materials_due = (
            sum(max(n, 0) for n in (composition.document, composition.graphic, composition.video)) if judged else 0
        )
        self._tasks_done = 0
        self._materials_done = 0
        judged = scheme.weight_process > 0
        self._declared_questions = composition.questions
        self._questions = max(composition.questions, 0) if judged else 0
        self._quiz_attempt = 0
        self._quiz_correct = 0
        self.essays = {name: Paper() for name in composition.essays} if judged else {}
        self._declared_essays = frozenset(composition.essays)
        self.final = Paper()
        self.final_judged = scheme.weight_final > 0
        self.profile: bool | None = None
        self.survey: tuple[Answers, datetime] | None = None
        self.first_login_at: datetime | None = None
        self.registered_at: datetime | None = None
        self._studying = False
        self.flags: set[str] = set()
        self.diligence: Ratio = (scheme.scale, 1)
        self.process: Ratio | None = None
        self.total: Ratio | None = None
        self._stale = True
        if judged and not self._questions and not self.essays:
            self.flags.add("no_process")

    def take(self, piece: Evidence, *, late: bool) -> None:
        """One piece of evidence; `late`: dated after the learner's window."""
        kind = piece.type
        if self.first_login_at is None and kind in LEARNER_ACTS:
            self.first_login_at = piece.at
        if late and kind in WINDOWED:
            self.flags.add("after_window")
            if self._refuses:
                self._refuse(piece)
                return
        if kind in LEARNING:
            self._studying = True
            self._stale = True
        if (taker := TAKERS.get(kind)) is not None:
            taker(self, piece.facts, piece.at)
        elif kind is EventType.SURVEY and isinstance(piece.facts, Answers):
            self.survey = piece.facts, piece.at
        elif kind is EventType.REGISTERED and self.registered_at is None:
            self.registered_at = piece.at

    def _refuse(self, piece: Evidence) -> None:
        if isinstance(piece.facts, Submission):
            paper = self.final if piece.facts.essay is None else self.essays.get(piece.facts.essay)
            if paper is not None:
                paper.refuse(piece.facts)

    def _item(self, facts: Item, _at: datetime) -> None:
        kind, declared, seen = facts.kind, self._declared[facts.kind], self._items[facts.kind]
        if facts.of != declared:
            self.flags.add(f"of:{kind}")
        if facts.item in seen:
            return
        seen.add(facts.item)
        if len(seen) > declared:
            self.flags.add(f"beyond:{kind}")
        elif kind is ItemKind.TASK:
            self._tasks_done += 1
        else:
            self._materials_done += 1

    def _quiz(self, facts: Quiz, _at: datetime) -> None:
        if facts.questions != self._declared_questions:
            self.flags.add("questions")
        if facts.attempt >= self._quiz_attempt:
            self._quiz_attempt = facts.attempt
            self._quiz_correct = facts.correct

    def _submitted(self, facts: Submission, at: datetime) -> None:
        if facts.essay is None:
            self.final.submit(facts, at)
        elif (paper := self.essays.get(facts.essay)) is not None:
            paper.submit(facts, at)
        elif facts.essay not in self._declared_essays:
            self.flags.add("undeclared_essay")

    def _marked(self, facts: Mark, at: datetime) -> None:
        if facts.essay is None:
            self.final.mark(facts, self._scheme.scale, at)
        elif (paper := self.essays.get(facts.essay)) is not None:
            paper.mark(facts, self._scheme.scale, at)
        elif facts.essay not in self._declared_essays:
            self.flags.add("undeclared_essay")

    def _profile(self, facts: Profile, _at: datetime) -> None:
        self.profile = facts.correct

    def settle(self) -> tuple[int, GateState]:
        """The figures that hold (bits) and the state of the LMS gate, after what was taken so far.

        The gate is met when the exact total passes and every condition holds; else it waits while an input is
        undone; else it is refused. A profile confirmed as wrong is an input that is in, and says no.
        """
        if self._stale:
            self._add_up()
            self._stale = False
        survey_undone = self._asks_survey and self.survey is None
        profile_undone = self._asks_profile and self.profile is None
        profile_owed = self._asks_profile and self.profile is not True
        work_owed = (
            self.materials_owed
            or self.tasks_owed
            or self.quiz_owed
            or self.final_owed
            or any(not paper.handed_in for paper in self.essays.values())
        )
        bits = 0
        gate: GateState = "refused"
        if self.passes and not survey_undone and not profile_owed:
            gate = "met"
            bits = LMS_MET
        elif work_owed or survey_undone or profile_undone or self.marks_owed:
            gate = "waiting"
        if self.first_login_at is None or self.registered_at is None or work_owed or survey_undone or profile_owed:
            bits |= OWES
        if self.first_login_at is not None:
            bits |= LOGGED_IN
        if self._studying:
            bits |= STUDYING
        if self.final.handed_in:
            bits |= SUBMITTED
        if self.total is not None:
            bits |= GRADED
        return bits, gate

    @property
    def passes(self) -> bool:
        """Whether the exact total is closed and reaches the threshold."""
        if self.total is None:
            return False
        distance = over(self.total, self._threshold)
        return distance >= 0 if self._scheme.threshold_passes else distance > 0

    @property
    def papers(self) -> dict[str, Paper]:
        """What people mark, by name: "essay:<name>", then "final" where it is judged."""
        essays = {f"essay:{name}": paper for name, paper in self.essays.items()}
        return essays | ({"final": self.final} if self.final_judged else {})

    @property
    def materials_owed(self) -> bool:
        """Whether documents, graphics or videos are left."""
        return self._materials_done < self._materials_due

    @property
    def tasks_owed(self) -> bool:
        """Whether tasks are left."""
        return self._tasks_done < self._tasks_due

    @property
    def quiz_owed(self) -> bool:
        """Whether the quiz was never taken."""
        return self._questions > 0 and not self._quiz_attempt

    @property
    def final_owed(self) -> bool:
        """Whether the final assignment was never handed in."""
        return self.final_judged and not self.final.handed_in

    @property
    def marks_owed(self) -> bool:
        """Whether a paper handed in waits for its mark."""
        if self.final_judged and self.final.owes_mark:
            return True
        return any(paper.owes_mark for paper in self.essays.values())

    def _add_up(self) -> None:
        scale = self._scheme.scale
        due = self._materials_due + self._tasks_due
        self.diligence = (scale * (self._materials_done + self._tasks_done), due) if due else (scale, 1)
        quiz = None
        if self._questions:
            quiz = (scale * min(self._quiz_correct, self._questions), self._questions)
        self.process = None
        if not self.quiz_owed:
            self.process = process_part(self._scheme, quiz, self.essays.values())
        self.total = weighted(self._scheme, self.diligence, self.process, self.final.counts)


TAKERS: Final[dict[EventType, Callable[[Standing, Any, datetime], None]]] = {
    EventType.MATERIAL: Standing._item,
    EventType.TASK: Standing._item,
    EventType.QUIZ: Standing._quiz,
    EventType.ESSAY_SUBMITTED: Standing._submitted,
    EventType.ESSAY_GRADED: Standing._marked,
    EventType.FINAL_SUBMITTED: Standing._submitted,
    EventType.FINAL_GRADED: Standing._marked,
    EventType.PROFILE: Standing._profile,
}
