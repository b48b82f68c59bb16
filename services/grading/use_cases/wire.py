"""From an assessment to the event's state: the one place where the domain's words become the contract's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from services.grading.domain.assessment import Assessment, Satisfaction
from services.grading.domain.gates import Gate, Scores
from shared.clock import vietnamese_day
from shared.events import grading as events
from shared.events.envelope import Step

if TYPE_CHECKING:
    from services.grading.store.recognition import ApprovalRow
    from services.grading.use_cases.cases import Read
    from shared.events.roster import Enrolment

Event = Literal["learner_active", "graded", "passed", "pass_withdrawn"]


def result(read: Read, assessment: Assessment) -> events.Result:
    """The whole state of a result. Depends on nothing but what is kept, so that the same facts say the same bytes."""
    enrolment, approval = read.enrolment, read.approval
    return events.Result(
        province_id=enrolment.province_id,
        enrolment_id=enrolment.enrolment_id,
        person_id=enrolment.person.id,
        class_id=enrolment.class_id,
        unit_id=enrolment.unit_id,
        first_login_at=assessment.first_login_at,
        registered_at=assessment.registered_at,
        scores=_scores(assessment.scores),
        conditions=events.Conditions(survey=assessment.conditions.survey, profile=assessment.conditions.profile),
        gates=events.Gates(
            lms=_gate(assessment.gates.lms),
            core_team=_gate(assessment.gates.core_team),
            institution=_gate(assessment.gates.institution),
            list=_gate(assessment.gates.list),
        ),
        status=assessment.status,
        missing=[events.Missing(what=one.what, holder=one.holder) for one in assessment.missing],
        scheme=enrolment.offering.scheme,
        flags=list(assessment.flags),
        movements=[events.Movement(figure=m.figure, at=m.at, delta=m.delta) for m in assessment.movements],
        satisfaction=_satisfaction(assessment.satisfaction),
        recognition=None if approval is None else _recognition(enrolment, approval, read),
        pass_withdrawn_at=None if approval is None else approval.pass_withdrawn_at,
        steps=_steps(read),
        unmarked=[events.Unmarked(paper=u.paper, attempt=u.attempt, since=u.since) for u in assessment.unmarked],
    )


def unmarked(state: events.Result) -> str | None:
    """The papers that wait for a mark, as they are kept for the markers' lists; None where none does."""
    return msgspec.json.encode(state.unmarked).decode() if state.unmarked else None


def event_of(before: events.Result | None, now: events.Result) -> Event:
    """What just happened: the type of the event. Readers act on the state, whatever it is called."""
    passes = now.recognition is not None and now.pass_withdrawn_at is None
    passed = before is not None and before.recognition is not None and before.pass_withdrawn_at is None
    if passes and (not passed or before is None or before.recognition != now.recognition):
        return "passed"
    if passed and not passes:
        return "pass_withdrawn"
    active = now.first_login_at is not None or now.registered_at is not None
    if active and (before is None or (before.first_login_at, before.registered_at) != _activity(now)):
        return "learner_active"
    return "graded"


def _activity(state: events.Result) -> tuple[object, object]:
    return state.first_login_at, state.registered_at


def _scores(scores: Scores) -> events.Scores:
    return events.Scores(diligence=scores.diligence, process=scores.process, final=scores.final, total=scores.total)


def _gate(gate: Gate) -> events.Gate:
    return events.Gate(state=gate.state, by=gate.by, at=gate.at, reasons=list(gate.reasons), holder=gate.holder)


def _satisfaction(answers: Satisfaction | None) -> events.Satisfaction | None:
    if answers is None:
        return None
    return events.Satisfaction(
        content=answers.content, organisation=answers.organisation, staff=answers.staff, at=answers.at
    )


def _steps(read: Read) -> list[Step]:
    """The dated steps of persons; those of evidence are the movements."""
    steps = [
        Step(
            what=f"{verdict.gate}:{'met' if verdict.met else 'refused'}",
            effective_at=verdict.at,
            recorded_at=verdict.recorded_at,
        )
        for verdict in read.verdicts
    ]
    if read.approval is not None:
        steps.append(
            Step(
                what="approved",
                effective_at=read.approval.approved_at,
                recorded_at=read.approval.recorded_at,
            )
        )
    return sorted(steps, key=lambda step: (step.effective_at, step.recorded_at, step.what))


def _recognition(enrolment: Enrolment, approval: ApprovalRow, read: Read) -> events.Recognition:
    """What a certificate prints. Frozen by the approval: once said it is said again as it was, whatever roster
    says of the person later (a corrected name is a replacement of the certificate, rule CER-6)."""
    before = read.said.recognition if read.said is not None else None
    if before is not None and before.list_id == approval.list_id:
        return before
    frozen = read.case.approval
    if frozen is None:
        raise LookupError("an approval row without its approval")
    offering = enrolment.offering
    opens = min(window.opens_at for window in enrolment.windows)
    closes = max(window.closes_at for window in enrolment.windows)
    return events.Recognition(
        list_id=approval.list_id,
        list_title=approval.title,
        approved_at=approval.approved_at,
        approved_by=approval.approved_by,
        name=enrolment.person.name,
        birth_date=enrolment.person.birth_date,
        unit_id=enrolment.unit_id,
        unit_name=enrolment.unit_name,
        unit_path=enrolment.unit_path,
        class_code=enrolment.class_code,
        position=enrolment.position,
        course=offering.course,
        course_title=offering.title,
        subject=offering.subject,
        level=offering.level,
        audience=offering.audience,
        periods=offering.periods,
        starts_on=vietnamese_day(opens),
        ends_on=vietnamese_day(closes),
        scores=_scores(frozen.scores),
    )
