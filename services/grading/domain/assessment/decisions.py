"""What persons decided: verdicts at the two gates, and the list."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.grading.domain.assessment.case import Approval, Case
from services.grading.domain.assessment.movements import Course
from services.grading.domain.gates import NOT_REQUIRED, Gate
from services.grading.domain.verdicts import Verdict, VerdictGate

WITHDRAWN: Final = "pass_withdrawn"


def verdicts_at(gate: VerdictGate, verdicts: tuple[Verdict, ...]) -> list[Verdict]:
    """The verdicts of one gate, oldest first; the last one stands, also after a regrade."""
    return sorted((verdict for verdict in verdicts if verdict.gate == gate), key=_when)


def _when(verdict: Verdict) -> tuple[datetime, int]:
    return verdict.at, verdict.order


def human_gate(given: list[Verdict], holder: str | None) -> Gate:
    """The gate that its latest verdict makes; while there is none it waits for its holder."""
    if not given:
        return Gate("waiting", holder=holder)
    latest = given[-1]
    if latest.met:
        return Gate("met", latest.by_account, latest.at)
    return Gate("refused", latest.by_account, latest.at, (latest.reason,) if latest.reason else ())


def unasked_gate(before: Gate) -> Gate:
    """A gate that the scheme does not ask for: open as soon as the one before it is."""
    if before.state == "met":
        return Gate("met", at=before.at, reasons=(NOT_REQUIRED,))
    return Gate("waiting", reasons=(NOT_REQUIRED,))


def list_gate(case: Case) -> Gate:
    """Met by an approved list; refused where a person withdrew the pass afterwards."""
    if case.approval is None:
        return Gate("waiting")
    if case.stands_on_list:
        return Gate("met", case.approval.by, case.approval.at)
    return Gate("refused", at=case.pass_withdrawn_at, reasons=(WITHDRAWN,))


def met_over_time(given: list[Verdict]) -> Course:
    """When a human gate was met; of several verdicts at one instant the last stands."""
    course: Course = []
    held = False
    for place, verdict in enumerate(given):
        last = place + 1 == len(given) or given[place + 1].at != verdict.at
        if last and verdict.met != held:
            held = verdict.met
            course.append((verdict.at, held))
    return course


def approved_over_time(approval: Approval | None, pass_withdrawn_at: datetime | None) -> Course:
    """From the approval on, until a person withdrew the pass."""
    if approval is None or pass_withdrawn_at == approval.at:
        return []
    course: Course = [(approval.at, True)]
    if pass_withdrawn_at is not None and pass_withdrawn_at > approval.at:
        course.append((pass_withdrawn_at, False))
    return course
