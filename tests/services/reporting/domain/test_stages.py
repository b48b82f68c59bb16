"""Where an enrolment stands: each stage by what holds, and by whom it is held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.reporting.domain.seats import Enrolled, Held, Movement, Seat, Studied, refused
from services.reporting.domain.stages import BY_NAME, STAGES, Span, spans, stage_of

START = datetime(2020, 12, 1, tzinfo=UTC)
DONE = {"account", "logged_in", "studying", "submitted", "graded", "lms_met"}
CASES = {
    "no_account": set(),
    "not_logged_in": {"account", "missing"},
    "not_begun": {"account", "logged_in", "missing"},
    "studying": {"account", "logged_in", "studying", "missing"},
    "unfinished": {"account", "logged_in", "studying", "submitted", "graded", "missing"},
    "awaiting_marks": {"account", "logged_in", "studying", "submitted"},
    "lms_refused": DONE - {"lms_met"},
    "awaiting_core_team": DONE,
    "core_team_refused": DONE | {"core_team:refused"},
    "awaiting_institution": DONE | {"core_team_met"},
    "institution_refused": DONE | {"core_team_met", "institution:refused"},
    "review": (DONE - {"lms_met"}) | {"core_team_met"},
    "awaiting_list": DONE | {"core_team_met", "institution_met"},
    "awaiting_certificate": DONE | {"core_team_met", "institution_met", "approved"},
    "certified": DONE | {"core_team_met", "institution_met", "approved", "certified"},
    "pass_withdrawn": DONE | {"core_team_met", "institution_met", "pass:withdrawn"},
}


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


@pytest.mark.parametrize(("stage", "held"), CASES.items())
def test_what_holds_tells_the_stage(stage: str, held: set[str]) -> None:
    assert stage_of(frozenset(held)) == stage


def test_every_stage_has_a_case_and_an_owner_unless_nobody_has_to_act() -> None:
    assert CASES.keys() == BY_NAME.keys()
    assert [stage.name for stage in STAGES if stage.owner is None] == ["certified", "pass_withdrawn"]
    assert BY_NAME["no_account"].owner == "vendor"
    assert {BY_NAME[name].owner for name in ("not_logged_in", "studying", "core_team_refused")} == {"school_head"}
    assert {BY_NAME[name].owner for name in ("awaiting_marks", "institution_refused")} == {"core_teacher"}


def test_work_under_no_account_of_the_roster_is_work_all_the_same() -> None:
    assert stage_of(frozenset({"studying", "missing"})) == "studying"


def seat(studied: Studied | None = None, **changes: Any) -> Seat:
    values: dict[str, Any] = {
        "person_id": UUID(int=1),
        "class_id": UUID(int=2),
        "unit_path": (UUID(int=3),),
        "offering_id": UUID(int=4),
        "course": "C",
        "subject": "S",
        "level": "L",
        "audience": "A",
        "kind": "main",
        "enrolled_at": at(0),
        "withdrawn_at": None,
        "with_account_at": at(5),
    }
    certificates = changes.pop("certificates", ())
    return Seat(Enrolled(**(values | changes)), studied, certificates)


def course() -> Studied:
    moves = [("missing", 0, 1), ("studying", 10, 1), ("submitted", 20, 1), ("missing", 21, -1), ("graded", 30, 1)]
    moves += [("lms_met", 30, 1), ("core_team_met", 45, 1), ("institution_met", 50, 1), ("approved", 60, 1)]
    return Studied(
        first_login_at=at(8),
        status="recognised",
        movements=tuple(Movement(figure, at(hour), delta) for figure, hour, delta in moves),
        refusals=refused([("core_team:refused", at(40)), ("core_team:met", at(45))]),
    )


def test_a_whole_course_goes_through_its_stages_without_a_gap() -> None:
    paper = Held(certificate_id=UUID(int=9), issued_at=at(70), state="valid", replaced_by=None, ended_at=None)
    told = [
        ("no_account", 0), ("not_logged_in", 5), ("not_begun", 8), ("studying", 10), ("unfinished", 20),
        ("awaiting_marks", 21), ("awaiting_core_team", 30), ("core_team_refused", 40), ("awaiting_institution", 45),
        ("awaiting_list", 50), ("awaiting_certificate", 60), ("certified", 70),
    ]  # fmt: skip
    found = spans(seat(course(), certificates=(paper,)))
    assert [(span.stage, span.since) for span in found] == [(stage, at(hour)) for stage, hour in told]
    assert found[-1].until is None


def test_what_came_before_the_enrolment_holds_at_it_and_a_withdrawal_ends_all() -> None:
    found = spans(seat(course(), enrolled_at=at(15), withdrawn_at=at(25)))
    assert found == (
        Span("studying", at(15), at(20)),
        Span("unfinished", at(20), at(21)),
        Span("awaiting_marks", at(21), at(25)),
    )
    assert spans(seat(course(), enrolled_at=at(15), withdrawn_at=at(15))) == ()
    assert spans(Seat(None, course())) == ()


def test_of_two_verdicts_at_one_instant_the_last_stands() -> None:
    assert refused([("core_team:refused", at(1)), ("core_team:met", at(1))]) == ()
    assert refused([("core_team:met", at(1)), ("core_team:refused", at(2)), ("core_team:refused", at(3))]) == (
        Movement("core_team:refused", at(2), 1),
    )
