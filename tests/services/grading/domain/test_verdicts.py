"""Who may say what about a learner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from services.grading.domain.gates import NOT_REQUIRED, Gate, Gates, GateState
from services.grading.domain.verdicts import (
    Problem,
    Role,
    Verdict,
    VerdictGate,
    judge,
    judge_row,
    repeats,
)

LEARNER = "p-learner"
DECIDED = datetime(2020, 12, 1, 2, tzinfo=UTC)


def verdict(*, met: bool = True, reason: str | None = None, seconds: int = 0) -> Verdict:
    return Verdict("core_team", met, reason, "cc.01", "p-core", DECIDED + timedelta(seconds=seconds), 1)


def gates(lms: GateState, core_team: GateState, institution: GateState) -> Gates:
    return Gates(Gate(lms), Gate(core_team), Gate(institution), Gate("waiting"))


def ask(
    gate: VerdictGate = "core_team",
    *,
    met: bool = True,
    reason: str | None = None,
    state: Gates | None = None,
    withdrawn: bool = False,
    giver: str = "p-core",
    at: datetime = DECIDED,
    standing: Verdict | None = None,
    given: tuple[tuple[Role, str], ...] = (),
) -> Problem | None:
    return judge(
        gate,
        met=met,
        reason=reason,
        at=at,
        standing=standing,
        gates=state or gates("met", "met" if gate == "institution" else "waiting", "waiting"),
        withdrawn=withdrawn,
        giver=giver,
        learner=LEARNER,
        given=given,
    )


@pytest.mark.parametrize("state", ["waiting", "refused"])
def test_a_verdict_needs_the_gate_before_it(state: GateState) -> None:
    assert ask(state=gates(state, "waiting", "waiting")) is Problem.GATE_BEFORE
    assert ask("institution", state=gates("met", state, "waiting")) is Problem.GATE_BEFORE


def test_a_verdict_is_taken_when_the_gate_before_it_is_met() -> None:
    assert ask() is None
    assert ask("institution") is None


@pytest.mark.parametrize("reason", [None, "", "  \n"])
def test_a_refusal_needs_a_reason(reason: str | None) -> None:
    assert ask(met=False, reason=reason) is Problem.REASON_MISSING
    assert ask(met=True, reason=reason) is None


def test_a_reason_has_one_to_500_storable_characters() -> None:
    assert ask(met=False, reason="x" * 500) is None
    assert ask(met=False, reason="x" * 501) is Problem.REASON_TOO_LONG
    assert ask(met=True, reason="x" * 501) is Problem.REASON_TOO_LONG
    assert ask(met=False, reason="a\0b") is Problem.REASON_CHARACTERS
    assert ask(met=False, reason="\udfff") is Problem.REASON_CHARACTERS


def test_nobody_judges_herself() -> None:
    assert ask(giver=LEARNER) is Problem.OWN_RESULT


@pytest.mark.parametrize(
    ("gate", "role"),
    [("core_team", "institution"), ("core_team", "list"), ("institution", "core_team"), ("institution", "list")],
)
def test_nobody_speaks_in_two_roles_on_one_learner(gate: VerdictGate, role: Role) -> None:
    assert ask(gate, given=((role, "p-core"),)) is Problem.SECOND_ROLE
    assert ask(gate, given=((role, "p-other"),)) is None


def test_a_verdict_older_than_the_one_in_force_is_refused() -> None:
    assert ask(standing=verdict(seconds=1, met=False, reason="x")) is Problem.OLDER
    # Of two at one instant the one recorded later counts.
    assert ask(standing=verdict(met=False, reason="x")) is None


@pytest.mark.parametrize(
    ("met", "reason", "giver", "same"),
    [
        (False, "thiếu bài", "p-core", True),
        (False, "  thiếu bài\n", "p-core", True),
        (False, "khác", "p-core", False),
        (True, "thiếu bài", "p-core", False),
        (False, "thiếu bài", "p-other", False),
    ],
)
def test_the_same_word_of_the_same_person_repeats_the_one_in_force(
    met: bool, reason: str, giver: str, same: bool
) -> None:
    assert repeats(verdict(met=False, reason="thiếu bài"), met=met, reason=reason, giver=giver) is same
    assert not repeats(None, met=met, reason=reason, giver=giver)


def test_a_person_may_speak_again_in_the_same_role() -> None:
    assert ask(given=(("core_team", "p-core"),)) is None


def test_a_withdrawn_learner_is_not_judged() -> None:
    assert ask(withdrawn=True) is Problem.WITHDRAWN


def test_a_gate_the_scheme_does_not_ask_takes_no_verdict() -> None:
    state = Gates(Gate("met"), Gate("met", reasons=(NOT_REQUIRED,)), Gate("waiting"), Gate("waiting"))
    assert ask(state=state) is Problem.GATE_NOT_ASKED
    assert ask("institution", state=state) is None


def row(
    state: Gates,
    *,
    approver: str | None = None,
    withdrawn: bool = False,
    approved: bool = False,
    given: tuple[tuple[Role, str], ...] = (),
) -> Problem | None:
    return judge_row(
        gates=state, withdrawn=withdrawn, approved=approved, approver=approver, learner=LEARNER, given=given
    )


@pytest.mark.parametrize("place", ["lms", "core_team", "institution"])
def test_a_row_of_a_list_needs_all_three_gates(place: Literal["lms", "core_team", "institution"]) -> None:
    states: dict[str, GateState] = {"lms": "met", "core_team": "met", "institution": "met"}
    assert row(gates(**states)) is None
    states[place] = "refused"
    assert row(gates(**states)) is Problem.GATES_NOT_MET


def test_a_row_is_refused_for_who_approves_it_and_whom_it_names() -> None:
    met = gates("met", "met", "met")
    given: tuple[tuple[Role, str], ...] = (("core_team", "p-core"), ("institution", "p-lecturer"))
    assert row(met, approver="p-leader", given=given) is None
    assert row(met, approver=LEARNER) is Problem.OWN_RESULT
    assert row(met, approver="p-core", given=given) is Problem.SECOND_ROLE
    assert row(met, withdrawn=True) is Problem.WITHDRAWN
    assert row(met, approved=True) is Problem.ALREADY_APPROVED


@pytest.mark.parametrize("problem", list(Problem))
def test_every_problem_has_a_sentence(problem: Problem) -> None:
    assert problem.text.endswith(".")
