"""From a case to an assessment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter

from services.grading.domain.assessment.case import (
    Assessment,
    Case,
    ExactScores,
    Missing,
    Satisfaction,
    Status,
    Unmarked,
)
from services.grading.domain.assessment.decisions import (
    approved_over_time,
    human_gate,
    list_gate,
    met_over_time,
    unasked_gate,
    verdicts_at,
)
from services.grading.domain.assessment.movements import (
    EVIDENCED,
    Course,
    bits_over_time,
    movements,
    owed_over_time,
    turns_too_often,
)
from services.grading.domain.assessment.standing import OWES, Standing
from services.grading.domain.evidence import Evidence, Mark
from services.grading.domain.exact import Ratio, fraction, in_full, shown
from services.grading.domain.gates import Conditions, Gate, Gates, GateState, Scores

BY_TIME = attrgetter("at", "event_id")


def assess(case: Case) -> Assessment:
    """Where the learner stands. Depends on the case alone, never on the order of its evidence or verdicts.

    After a list is approved scores, conditions and the LMS gate go on showing all evidence; `status` is
    `review` where they differ from what the approval froze, or where a person's latest verdict now says no. A
    pass that a person withdrew is `refused`, with the list gate refused for `pass_withdrawn`.
    """
    standing = Standing(case.scheme, case.composition)
    changes, gate, gate_at = fold(standing, sorted(case.evidence, key=BY_TIME), case.closes_at)
    scheme = case.scheme
    final = standing.final.counts if scheme.weight_final else None
    diligence = standing.diligence if scheme.weight_diligence else None
    scores = Scores(shown(diligence), shown(standing.process), shown(final), shown(standing.total))
    conditions = Conditions(standing.survey is not None, standing.profile is True)

    lms = Gate(gate, at=gate_at, reasons=_refusals(standing, case, conditions) if gate == "refused" else ())
    core_given = verdicts_at("core_team", case.verdicts)
    institution_given = verdicts_at("institution", case.verdicts)
    courses: dict[str, Course] = {figure: bits_over_time(changes, bit) for figure, bit in EVIDENCED.items()}
    if "core_team" in scheme.gates:
        core_team = human_gate(core_given, case.core_team_holder)
        courses["core_team_met"] = met_over_time(core_given)
    else:
        core_team = unasked_gate(lms)
        courses["core_team_met"] = courses["lms_met"]
    if "institution" in scheme.gates:
        institution = human_gate(institution_given, None)
        courses["institution_met"] = met_over_time(institution_given)
    else:
        institution = unasked_gate(core_team)
        courses["institution_met"] = courses["core_team_met"]
    courses["approved"] = approved_over_time(case.approval, case.pass_withdrawn_at)
    courses["missing"] = owed_over_time(changes, OWES, case.enrolled_at)
    gates = Gates(lms, core_team, institution, list_gate(case))
    flags = standing.flags | _self_marked(case.evidence)
    if turns_too_often(courses):
        flags.add("movements")

    return Assessment(
        scores=scores,
        exact=_exact(diligence, standing.process, final, standing.total),
        conditions=conditions,
        gates=gates,
        status=_status(case, scores, conditions, gates),
        missing=() if case.withdrawn_at is not None else tuple(_missing(standing, case, gates)),
        flags=tuple(sorted(flags)),
        first_login_at=standing.first_login_at,
        registered_at=standing.registered_at,
        satisfaction=_satisfaction(standing),
        movements=movements(courses, case.withdrawn_at),
        figures=_figures(changes, gates, withdrawn=case.withdrawn_at is not None),
        unmarked=() if case.withdrawn_at is not None else tuple(_unmarked(standing)),
    )


def fold(
    standing: Standing, evidence: list[Evidence], closes_at: datetime | None
) -> tuple[list[tuple[datetime, int]], GateState, datetime | None]:
    """Takes all evidence, sorted by BY_TIME. Gives (instant, figures) at each change, the LMS gate's state and since
    when."""
    locked_at = None if closes_at is None else closes_at.replace(microsecond=0) + timedelta(seconds=1)
    changes: list[tuple[datetime, int]] = []
    bits = OWES
    gate: GateState = "waiting"
    gate_at: datetime | None = None
    last = len(evidence) - 1
    for place, piece in enumerate(evidence):
        at = piece.at
        standing.take(piece, late=locked_at is not None and at >= locked_at)
        if place < last and evidence[place + 1].at == at:
            continue
        now, state = standing.settle()
        if now != bits:
            bits = now
            changes.append((at, now))
        if state != gate:
            gate, gate_at = state, at
    if not evidence:
        standing.settle()
    return changes, gate, None if gate == "waiting" else gate_at


def _refusals(standing: Standing, case: Case, conditions: Conditions) -> tuple[str, ...]:
    reasons = [name.value for name in case.scheme.conditions if not getattr(conditions, name)]
    if standing.total is not None and not standing.passes:
        reasons.insert(0, f"total:{in_full(standing.total)}")
    return tuple(reasons)


def _exact(diligence: Ratio | None, process: Ratio | None, final: Ratio | None, total: Ratio | None) -> ExactScores:
    return ExactScores(fraction(diligence), fraction(process), fraction(final), fraction(total))


def _status(case: Case, scores: Scores, conditions: Conditions, gates: Gates) -> Status:
    if case.withdrawn_at is not None:
        return "withdrawn"
    if gates.list.state == "refused":
        return "refused"
    refused = "refused" in (gates.core_team.state, gates.institution.state)
    approval = case.approval
    if approval is not None:
        frozen = (approval.scores, approval.conditions, approval.lms)
        return "review" if refused or frozen != (scores, conditions, gates.lms.state) else "recognised"
    if refused:
        return "refused"
    if gates.lms.state == "met":
        return "in_verdict"
    if case.verdicts:
        return "review"
    return "studying" if case.evidence else "not_started"


def _missing(standing: Standing, case: Case, gates: Gates) -> list[Missing]:
    """What is undone, in the order of the learner's path; of the persons' steps only the next one."""
    missing: list[Missing] = []
    conditions = case.scheme.conditions

    def learner(what: str) -> None:
        missing.append(Missing(what, "learner"))

    if standing.first_login_at is None:
        # Any evidence came under an account, so only a learner without either waits for the vendor.
        unable = case.has_account_at is None and not case.evidence
        missing.append(Missing("log_in", "vendor" if unable else "learner"))
    if standing.registered_at is None:
        learner("registration")
    if standing.materials_owed:
        learner("materials")
    if standing.tasks_owed:
        learner("tasks")
    if standing.quiz_owed:
        learner("quiz")
    for name, paper in standing.essays.items():
        if not paper.handed_in:
            learner(f"essay:{name}")
    if standing.final_owed:
        learner("final")
    missing.extend(
        Missing(f"mark:essay:{name}", "grader") for name, paper in standing.essays.items() if paper.owes_mark
    )
    if standing.final_judged and standing.final.owes_mark:
        missing.append(Missing("mark:final", "grader"))
    if "survey" in conditions and standing.survey is None:
        learner("survey")
    if "profile" in conditions and standing.profile is not True:
        learner("profile")
    if (next_step := _next_step(case, gates)) is not None:
        missing.append(next_step)
    return missing


def _unmarked(standing: Standing) -> Iterator[Unmarked]:
    for name, paper in standing.papers.items():
        since = paper.waits_since
        if since is not None:
            yield Unmarked(name, paper.handed_in, since)


def _next_step(case: Case, gates: Gates) -> Missing | None:
    if case.approval is not None:
        owes = case.stands_on_list and case.certified_at is None
        return Missing("certificate", "department") if owes else None
    if gates.lms.state != "met":
        return None
    if gates.core_team.state != "met":
        return Missing("core_team", "core_team") if gates.core_team.state == "waiting" else None
    if gates.institution.state != "met":
        return Missing("institution", "institution") if gates.institution.state == "waiting" else None
    return Missing("list", "department")


def _self_marked(evidence: tuple[Evidence, ...]) -> set[str]:
    """A mark under an account of the learner's own (rule ASS-8) is flagged; people decide its worth."""
    graders = {
        piece.facts.grader.casefold(): None
        for piece in evidence
        if isinstance(piece.facts, Mark) and piece.facts.grader is not None
    }
    if graders and any(piece.account.casefold() in graders for piece in evidence):
        return {"self_marked"}
    return set()


def _satisfaction(standing: Standing) -> Satisfaction | None:
    if standing.survey is None:
        return None
    answers, at = standing.survey
    return Satisfaction(answers.content, answers.organisation, answers.staff, at)


def _figures(changes: list[tuple[datetime, int]], gates: Gates, *, withdrawn: bool) -> frozenset[str]:
    if withdrawn:
        return frozenset()
    bits = changes[-1][1] if changes else OWES
    figures = {figure for figure, bit in EVIDENCED.items() if bits & bit}
    if bits & OWES:
        figures.add("missing")
    for figure, gate in (
        ("core_team_met", gates.core_team),
        ("institution_met", gates.institution),
        ("approved", gates.list),
    ):
        if gate.state == "met":
            figures.add(figure)
    return frozenset(figures)
