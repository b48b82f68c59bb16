"""What the other services say, as raw records in any order, for a small hand-made province."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.clock import new_id
from shared.events.certificates import Certificate
from shared.events.envelope import Envelope, State, event_type, to_headers
from shared.events.grading import Conditions, Gate, Gates, Movement, Result, Satisfaction, Scores
from shared.events.registry import encode, source_of, topic_of
from shared.events.roster import (
    Account,
    Composition,
    Enrolment,
    Learner,
    Offering,
    Person,
    SchemeRef,
    Unit,
    UnitPeriod,
)
from shared.parking import Raw

PROVINCE = UUID(int=1)
SCHEME = SchemeRef(id="etep-managers-2020", version=1)
START = datetime(2020, 8, 1, 2, tzinfo=UTC)


def uid(kind: int, number: int) -> UUID:
    """A readable id."""
    return UUID(int=(kind << 64) | number)


def days(number: float) -> datetime:
    """So many days after the enrolment."""
    return START + timedelta(days=number)


def unit(
    unit_id: UUID,
    code: str,
    kind: str,
    *parents: tuple[UUID | None, date],
    until: date | None = None,
    succeeded_by: Sequence[UUID] = (),
) -> Unit:
    """A unit under one parent after another, each from a day on."""
    ends = [*(since for _, since in parents[1:]), until] if parents else []
    periods = [
        UnitPeriod(code=code, name=f"Đơn vị {code}", kind=kind, parent_id=parent, valid_from=since, valid_to=end)
        for (parent, since), end in zip(parents, ends, strict=True)
    ]
    return Unit(province_id=PROVINCE, unit_id=unit_id, periods=periods, succeeded_by=list(succeeded_by))


def person(person_id: UUID, merged_into: UUID | None = None) -> Person:
    return Person(
        province_id=PROVINCE,
        person_id=person_id,
        name="Người Mẫu",
        sort_key="mau",
        birth_date=None,
        accounts=[],
        merged_into=merged_into,
    )


def enrolment(
    number: int,
    path: Sequence[UUID],
    *,
    offering: int = 1,
    person_id: UUID | None = None,
    class_number: int = 1,
    enrolled_at: datetime = START,
    withdrawn_at: datetime | None = None,
    account_since: datetime | None = START,
) -> Enrolment:
    learner = person_id or uid(2, number)
    return Enrolment(
        province_id=PROVINCE,
        enrolment_id=uid(3, number),
        person=Learner(id=learner, name="Người Mẫu", sort_key="mau", birth_date=None),
        accounts=[] if account_since is None else [Account(account=f"a{number}@example.vn", since=account_since)],
        unit_id=path[-1],
        unit_name="Trường",
        unit_path=list(path),
        position="teacher",
        offering=Offering(
            id=uid(4, offering),
            course=f"C{offering}",
            title="Mô đun 1",
            subject=f"Môn {offering}",
            level="primary",
            audience="teachers",
            module="1",
            periods=40,
            composition=Composition(document=1, graphic=0, video=0, task=0, questions=40, essays=[]),
            scheme=SCHEME,
        ),
        class_id=uid(5, class_number),
        class_code=f"L{class_number}",
        graders=[],
        kind="main",
        windows=[],
        enrolled_at=enrolled_at,
        withdrawn_at=withdrawn_at,
    )


def result(
    number: int,
    path: Sequence[UUID],
    moves: Sequence[tuple[str, datetime, int]],
    *,
    answers: tuple[int, int, int] | None = None,
) -> Result:
    logged_in = min((at for _, at, _ in moves), default=None)
    waiting = Gate(state="waiting")
    return Result(
        province_id=PROVINCE,
        enrolment_id=uid(3, number),
        person_id=uid(2, number),
        class_id=uid(5, 1),
        unit_id=path[-1],
        first_login_at=logged_in,
        registered_at=None,
        scores=Scores(diligence=None, process=None, final=None, total=None),
        conditions=Conditions(survey=False, profile=False),
        gates=Gates(lms=waiting, core_team=waiting, institution=waiting, list=waiting),
        status="studying",
        missing=[],
        scheme=SCHEME,
        flags=[],
        movements=[Movement(figure=f, at=at, delta=1 if d > 0 else -1) for f, at, d in moves],
        satisfaction=None
        if answers is None
        else Satisfaction(content=answers[0], organisation=answers[1], staff=answers[2], at=days(20)),
    )


def certificate(
    number: int,
    seat: int,
    issued_at: datetime,
    *,
    state: Any = "valid",
    replaced_by: int | None = None,
    ended_at: datetime | None = None,
) -> Certificate:
    return Certificate(
        province_id=PROVINCE,
        certificate_id=uid(6, number),
        enrolment_id=uid(3, seat),
        person_id=uid(2, seat),
        kind="etep",
        issuer="HVQLGD",
        number=f"{number:06d}",
        register_number=number,
        register_year=2020,
        issued_on=issued_at.date(),
        issued_at=issued_at,
        state=state,
        replaced_by=None if replaced_by is None else uid(6, replaced_by),
        ended_at=ended_at,
    )


_IDS = {
    "unit": "unit_id",
    "person": "person_id",
    "enrolment": "enrolment_id",
    "result": "enrolment_id",
    "certificate": "certificate_id",
}


def raw(state: State, version: int = 1) -> Raw:
    """The record of one event."""
    aggregate_id: UUID = getattr(state, _IDS[state.AGGREGATE])
    event = Envelope(
        id=new_id(),
        type=event_type(state.SERVICE, state.EVENTS[0]),
        source=source_of(state.SERVICE),
        time=START,
        province_id=PROVINCE,
        aggregate_type=state.AGGREGATE,
        aggregate_id=aggregate_id,
        version=version,
        data=encode(state),
    )
    return Raw(topic_of(state.AGGREGATE), 0, version, str(aggregate_id).encode(), event.data, to_headers(event))
