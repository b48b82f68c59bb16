"""What grading does when roster and certificates speak: keeps it, claims its evidence, marks it for assessment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.grading.store import enrolments as store
from services.grading.store import intake
from services.grading.store.enrolments import Key
from services.grading.use_cases.cases import Schemes
from services.grading.use_cases.deliveries import learner_of_enrolment, normal_account
from shared.applying import Moment, PermanentError, Received
from shared.events.certificates import Certificate
from shared.events.envelope import Instant
from shared.events.roster import Enrolment


async def take_enrolments(
    connection: AsyncConnection, batch: Sequence[Received], moment: Moment, *, schemes: Schemes
) -> None:
    """Keeps enrolments. Their accounts' studies are locked first, so that a webhook under way misses neither.

    Raises PermanentError where one names a scheme that this version does not have: it is parked until it has.
    """
    states: list[tuple[Enrolment, bytes]] = [(received.state, received.event.data) for received in batch]
    for state, _ in states:
        scheme = state.offering.scheme
        if (scheme.id, scheme.version) not in schemes:
            raise PermanentError(f"no scheme {scheme.id} version {scheme.version}")
    claims = {(state.province_id, state.enrolment_id): studies_of(state) for state, _ in states}
    await intake.lock_studies(
        connection, [(province, *study) for (province, _), studies in claims.items() for study in studies]
    )
    await store.lock(connection, claims)
    await store.take(connection, states)
    await store.claim(connection, claims)
    await intake.mark_pending(connection, claims, moment.now, batch[-1].event.traceparent)


def studies_of(state: Enrolment) -> list[tuple[str, str]]:
    """The (course, learner) pairs whose evidence is this enrolment's: each account's, and her enrolment's own."""
    accounts = {normal_account(account.account) for account in state.accounts}
    return [("", learner_of_enrolment(state.enrolment_id)), *((state.offering.course, a) for a in sorted(accounts))]


class _Held(msgspec.Struct, frozen=True):
    """A certificate as it is kept beside its enrolment."""

    id: UUID
    number: str
    state: Literal["valid", "replaced", "revoked"]
    issued_on: date
    issued_at: Instant
    register_year: int
    register_number: int


_HELD = msgspec.json.Decoder(list[_Held])


async def take_certificates(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """Keeps which certificates an enrolment holds; until one is valid, its result says that one is missing.

    All of them are kept: the events of two certificates have no order, and which one counts must not depend on it.
    """
    news: dict[Key, dict[UUID, _Held]] = {}
    for received in batch:
        state: Certificate = received.state
        news.setdefault((state.province_id, state.enrolment_id), {})[state.certificate_id] = _held(state)
    await store.lock(connection, news)
    known = await store.certificates(connection, news)
    rows: list[tuple[Key, str, datetime | None]] = []
    for key, mine in news.items():
        before = {one.id: one for one in _HELD.decode(known.get(key, "[]"))}
        held = sorted((before | mine).values(), key=_counts_last)
        since = held[-1].issued_at if held[-1].state == "valid" else None
        rows.append((key, msgspec.json.encode(held).decode(), since))
    await store.certify(connection, rows)
    await intake.mark_pending(connection, news, moment.now, batch[-1].event.traceparent)


def _counts_last(held: _Held) -> tuple[bool, int, int]:
    """Of several certificates of one enrolment the valid one counts, else the one with the highest number."""
    return held.state == "valid", held.register_year, held.register_number


def _held(state: Certificate) -> _Held:
    return _Held(
        id=state.certificate_id,
        number=state.number,
        state=state.state,
        issued_on=state.issued_on,
        issued_at=state.issued_at,
        register_year=state.register_year,
        register_number=state.register_number,
    )
