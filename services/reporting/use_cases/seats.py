"""Enrolments, results and certificates join in a seat; what changes is counted, in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.differences import Difference, SeatKey
from services.reporting.domain.seats import Answers, Enrolled, Held, Movement, Seat, Studied, from_grading, refused
from services.reporting.domain.stages import spans
from services.reporting.store import seats as store
from shared.applying import Moment, Received
from shared.events.certificates import Certificate
from shared.events.grading import Result
from shared.events.roster import Enrolment

S = TypeVar("S", Enrolment, Result, Certificate)


async def take_enrolments(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """The enrolment's half of the seats."""

    def change(seat: Seat, state: Enrolment) -> Seat:
        return replace(seat, enrolled=_enrolled(state))

    await _take(connection, [(received, received.state) for received in batch], change)


async def take_results(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """The result's half of the seats."""

    def change(seat: Seat, state: Result) -> Seat:
        return replace(seat, studied=_studied(state))

    await _take(connection, [(received, received.state) for received in batch], change)


async def take_certificates(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """The certificates of the seats; a seat may have several, one after another."""

    def change(seat: Seat, state: Certificate) -> Seat:
        return replace(seat, certificates=seat.with_certificate(_held(state)))

    await _take(connection, [(received, received.state) for received in batch], change)


async def _take(
    connection: AsyncConnection, batch: Sequence[tuple[Received, S]], change: Callable[[Seat, S], Seat]
) -> None:
    keys = sorted({_key(received, state) for received, state in batch}, key=lambda key: key[1])
    locked = await store.lock(connection, keys)
    now: dict[SeatKey, Seat] = {key: locked[key].seat for key in keys}
    for received, state in batch:
        key = _key(received, state)
        now[key] = change(now[key], state)
    # Most results say nothing new to a report: another document was read, and no figure moved. Stages are compared
    # as rows, so that they follow the rules of this version wherever a state is said again.
    changed = {
        key: seat for key, seat in now.items() if seat != locked[key].seat or spans(seat) != locked[key].stored.spans
    }
    if not changed:
        return
    difference = Difference()
    for key, seat in changed.items():
        difference.add(key, locked[key].seat, locked[key].stored, seat)
    await store.write(connection, changed, difference)


def _key(received: Received, state: Enrolment | Result | Certificate) -> SeatKey:
    return received.event.province_id, state.enrolment_id


def _enrolled(state: Enrolment) -> Enrolled:
    path = tuple(state.unit_path)
    if not path or path[-1] != state.unit_id:  # the leaf always ends the path: seats are counted by it
        path = (*path, state.unit_id)
    return Enrolled(
        person_id=state.person.id,
        class_id=state.class_id,
        unit_path=path,
        offering_id=state.offering.id,
        course=state.offering.course,
        subject=state.offering.subject,
        level=state.offering.level,
        audience=state.offering.audience,
        kind=state.kind,
        enrolled_at=state.enrolled_at,
        withdrawn_at=state.withdrawn_at,
        with_account_at=min((account.since for account in state.accounts), default=None),
    )


def _studied(state: Result) -> Studied:
    answers, withdrawn = state.satisfaction, state.pass_withdrawn_at
    verdicts = [(step.what, step.effective_at) for step in state.steps if step.what.endswith((":met", ":refused"))]
    return Studied(
        first_login_at=state.first_login_at,
        status=state.status,
        movements=from_grading(Movement(one.figure, one.at, one.delta) for one in state.movements),
        refusals=(*refused(verdicts), *((Movement("pass:withdrawn", withdrawn, 1),) if withdrawn else ())),
        answers=None if answers is None else Answers(answers.at, answers.content, answers.organisation, answers.staff),
    )


def _held(state: Certificate) -> Held:
    return Held(
        certificate_id=state.certificate_id,
        issued_at=state.issued_at,
        state=state.state,
        replaced_by=state.replaced_by,
        ended_at=state.ended_at,
    )
