"""A managers' course for tests: builders for evidence, verdicts and cases, and a flawless learner."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files

from services.grading.domain import scheme as schemes
from services.grading.domain.assessment import Case
from services.grading.domain.composition import Composition
from services.grading.domain.evidence import EventType, Evidence, read
from services.grading.domain.scheme import Scheme, parse, shipped
from services.grading.domain.verdicts import Verdict, VerdictGate

START = datetime(2020, 12, 24, 1, 0, tzinfo=UTC)
CLOSES = datetime(2021, 1, 8, 16, 59, 59, tzinfo=UTC)
MANAGERS = shipped()["etep-managers-2020", 1]
COURSE = Composition(document=2, graphic=1, video=1, task=1, questions=40, essays=("e1", "e2", "e3"))
ITEMS = {"document": 2, "graphic": 1, "video": 1}


def definition() -> dict[str, object]:
    """The managers' scheme as the JSON that ships."""
    text = (files(schemes.__package__ or "") / "schemes" / "etep-managers-2020-1.json").read_text("utf-8")
    loaded: dict[str, object] = json.loads(text)
    return loaded


def reading_b() -> Scheme:
    """The same rules with the other reading of the process score."""
    return parse(definition() | {"version": 2, "process": {"reading": "B"}})


def piece(event_type: str, data: dict[str, object] | None = None, *, minute: int = 0, event_id: str = "") -> Evidence:
    """One piece of evidence, `minute` minutes after the start; ids follow the content unless given."""
    name = event_id or f"{event_type}-{minute:06d}-{json.dumps(data, sort_keys=True, default=str)}"
    at = START + timedelta(minutes=minute)
    return Evidence(name, EventType(event_type), at, "gv.000123@longan.edu.vn", read(event_type, data))


def arrival() -> list[Evidence]:
    """First log-in and registration."""
    return [
        piece("account.created"),
        piece("account.first_login", minute=1),
        piece("course.registered", minute=2),
    ]


def diligent() -> list[Evidence]:
    """Every material read, every task done."""
    read_all = [
        piece("material.completed", {"material": f"{kind}-{n}", "kind": kind, "of": of}, minute=10 + n)
        for kind, of in ITEMS.items()
        for n in range(of)
    ]
    return [*read_all, piece("task.completed", {"task": "t-0", "of": 1}, minute=15)]


def quiz(correct: int, *, attempt: int = 1, questions: int = 40, minute: int = 20) -> Evidence:
    """One attempt at the quiz."""
    return piece("quiz.submitted", {"attempt": attempt, "questions": questions, "correct": correct}, minute=minute)


def essay(name: str, *, attempt: int = 1, minute: int = 30) -> Evidence:
    """An essay handed in."""
    return piece("essay.submitted", {"essay": name, "attempt": attempt}, minute=minute)


def essay_mark(name: str, score: str, *, attempt: int = 1, minute: int = 60, scale: str = "100") -> Evidence:
    """An essay marked."""
    data = {"essay": name, "attempt": attempt, "score": score, "scale": scale, "grader": "cc.01@longan.edu.vn"}
    return piece("essay.graded", data, minute=minute)


def final(*, attempt: int = 1, minute: int = 40) -> Evidence:
    """The final assignment handed in."""
    return piece("final.submitted", {"attempt": attempt}, minute=minute)


def final_mark(score: str, *, attempt: int = 1, minute: int = 70, scale: str = "100") -> Evidence:
    """The final assignment marked."""
    data = {"attempt": attempt, "score": score, "scale": scale, "grader": "cc.01@longan.edu.vn"}
    return piece("final.graded", data, minute=minute)


def survey(minute: int = 80) -> Evidence:
    """The end-of-course survey."""
    return piece("survey.completed", {"answers": {"content": 5, "organisation": 4, "staff": 3}}, minute=minute)


def profile(*, correct: bool = True, minute: int = 81) -> Evidence:
    """The learner's word on her personal data."""
    return piece(
        "profile.confirmed",
        {"correct": correct, "fields": [] if correct else ["birth_date"]},
        minute=minute,
    )


def scored(
    marks: tuple[str, str, str] = ("60", "60", "60"), final_score: str = "60", correct: int = 36
) -> list[Evidence]:
    """Everything handed in and marked, without survey and profile."""
    names = COURSE.essays
    return [
        *arrival(),
        *diligent(),
        quiz(correct),
        *(essay(name, minute=30 + n) for n, name in enumerate(names)),
        *(essay_mark(name, mark, minute=60 + n) for n, (name, mark) in enumerate(zip(names, marks, strict=True))),
        final(),
        final_mark(final_score),
    ]


def complete(
    marks: tuple[str, str, str] = ("60", "60", "60"), final_score: str = "60", correct: int = 36
) -> list[Evidence]:
    """Nothing left undone."""
    return [*scored(marks, final_score, correct), survey(), profile()]


def case(evidence: Iterable[Evidence] = (), scheme: Scheme = MANAGERS, composition: Composition = COURSE) -> Case:
    """A case of the course, enrolled at its start, with an account."""
    return Case(
        scheme=scheme,
        composition=composition,
        evidence=tuple(evidence),
        enrolled_at=START,
        closes_at=CLOSES,
        has_account_at=START,
        core_team_holder="cc.01@longan.edu.vn",
    )


def verdict(gate: VerdictGate, *, met: bool = True, minute: int = 200, order: int = 0) -> Verdict:
    """What the core teacher or the lecturer said."""
    person = "p-core" if gate == "core_team" else "p-lecturer"
    return Verdict(
        gate,
        met,
        None if met else "chưa đạt yêu cầu",
        f"{person}@longan.edu.vn",
        person,
        START + timedelta(minutes=minute),
        order,
    )


def at(minute: int) -> datetime:
    """An instant of the course."""
    return START + timedelta(minutes=minute)


def with_total(total: str) -> Case:
    """A case that lacks nothing and has exactly this total, from 19 to 79: 10 + 0.3 x 30 + a final on 60."""
    evidence = [
        *arrival(),
        *diligent(),
        essay("e1"),
        essay_mark("e1", "30"),
        final(),
        final_mark(str(Decimal(total) - 19), scale="60"),
        survey(),
        profile(),
    ]
    return case(evidence, composition=replace(COURSE, questions=0, essays=("e1",)))
