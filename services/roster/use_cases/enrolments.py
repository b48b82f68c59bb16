"""An enrolment's life after it began: withdrawal, more time, and what the platform saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.roster.domain import windows
from services.roster.store import enrolments as store
from services.roster.use_cases.fan_out import say
from shared import audit, outbox
from shared.applying import Moment, Received
from shared.audit import Act
from shared.database import retrying, transaction
from shared.events.envelope import Step
from shared.events.grading import Result
from shared.events.roster import Enrolment, Window
from shared.outbox import Said
from shared.scope import Reaches


class NoSuchEnrolmentError(LookupError):
    """There is no such enrolment within reach."""


class WithdrawnError(ValueError):
    """The enrolment was withdrawn."""


async def withdraw(engine: AsyncEngine, act: Act, enrolment_id: UUID, reason: str, reaches: Reaches) -> Enrolment:
    """Ends an enrolment; what was done stays on record. Raises NoSuchEnrolmentError, WithdrawnError."""

    def end(held: store.Held) -> store.Held:
        return replace(held.stepped(_step(act, "withdrawn"), withdrawn_at=act.at), reason=reason)

    return await retrying(lambda: _change(engine, act, enrolment_id, reaches, "withdrawn", {}, end))


async def extend(
    engine: AsyncEngine, act: Act, enrolment_id: UUID, closes_at: datetime, reason: str, reaches: Reaches
) -> Enrolment:
    """More time for one learner, with the reason and who allowed it (SCH-4).

    Raises NoSuchEnrolmentError, WithdrawnError, BadWindowError.
    """

    def widen(held: store.Held) -> store.Held:
        more = windows.extended(_ours(held.state.windows), act.at, closes_at)
        return held.stepped(_step(act, "extended"), windows=_said(more))

    details = {"closes_at": closes_at.isoformat(), "reason": reason}
    return await retrying(lambda: _change(engine, act, enrolment_id, reaches, "window_changed", details, widen))


async def _change(
    engine: AsyncEngine,
    act: Act,
    enrolment_id: UUID,
    reaches: Reaches,
    event: str,
    details: dict[str, Any],
    how: Any,
) -> Enrolment:
    async with transaction(engine, act.province_id) as connection:
        if not await store.ids_of(connection, act.province_id, enrolments=[enrolment_id]):
            raise NoSuchEnrolmentError
        await outbox.lock(connection, "enrolment", [(act.province_id, enrolment_id)])
        (held,) = await store.held(connection, act.province_id, [enrolment_id])
        if not reaches(held.state):
            raise NoSuchEnrolmentError
        if held.state.withdrawn_at is not None:
            raise WithdrawnError("the enrolment was withdrawn")
        changed: store.Held = how(held)
        await store.put(connection, [changed])
        await audit.record(connection, act, f"enrolment.{event}", "enrolment", [(str(enrolment_id), details)])
        await say(connection, act, [Said(event=event, aggregate_id=enrolment_id, state=changed.state)])
        return changed.state


def _step(act: Act, what: str) -> Step:
    return Step(what=what, effective_at=act.at, recorded_at=act.recorded_at)


def _ours(said: Sequence[Window]) -> list[windows.Window]:
    return [windows.Window(w.kind, w.opens_at, w.closes_at) for w in said]


def _said(ours: Sequence[windows.Window]) -> list[Window]:
    return [Window(kind=w.kind, opens_at=w.opens_at, closes_at=w.closes_at) for w in ours]


async def take_results(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """Keeps the first log-in and the registration; opens personal windows where the offering's rule says so (SCH-3)."""
    provinces: dict[UUID, dict[UUID, Result]] = {}
    for received in batch:
        result: Result = received.state
        if result.first_login_at is not None or result.registered_at is not None:
            provinces.setdefault(result.province_id, {})[result.enrolment_id] = result
    for province_id in sorted(provinces):
        await _hear(connection, province_id, provinces[province_id], moment)


async def _hear(connection: AsyncConnection, province_id: UUID, results: dict[UUID, Result], moment: Moment) -> None:
    activity = {one: (result.first_login_at, result.registered_at) for one, result in results.items()}
    news = await store.unheard(connection, province_id, activity)
    if not news:
        return
    await outbox.lock(connection, "enrolment", [(province_id, enrolment_id) for enrolment_id in news])
    changed: list[store.Held] = []
    moved: list[Said] = []
    for held in await store.held(connection, province_id, news):
        result = results[held.state.enrolment_id]
        seen = activity[held.state.enrolment_id]
        heard = replace(held, first_login_at=seen[0], registered_at=seen[1])
        if held.window_rule == "personal" and held.state.withdrawn_at is None and result.registered_at is not None:
            own = _said(windows.personal(_ours(held.state.windows), held.opens_at, result.registered_at))
            if own != held.state.windows:
                step = Step(what="window_opened", effective_at=result.registered_at, recorded_at=moment.now)
                heard = heard.stepped(step, windows=own)
                moved.append(Said(event="window_changed", aggregate_id=heard.state.enrolment_id, state=heard.state))
        changed.append(heard)
    await store.put(connection, changed)
    await outbox.append(connection, moved, now=moment.now, new_id=moment.new_id)
