"""What grading does when roster and certificates speak: keeps it, claims its evidence, marks it for assessment."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.grading.store import enrolments as store
from services.grading.store import intake
from services.grading.use_cases.assessment import Schemes
from services.grading.use_cases.intake import learner_of_enrolment, normal_account
from shared.consumption import Moment, PermanentError, Received
from shared.events.certificates import Certificate
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


async def take_certificates(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """Keeps which certificate an enrolment holds; until it does, its result says that one is missing."""
    states: list[Certificate] = sorted((received.state for received in batch), key=_newest_last)
    newest = {(state.province_id, state.enrolment_id): state for state in states}
    await store.lock(connection, newest)
    await store.certify(
        connection,
        [(key, _shown(state), state.issued_at if state.state == "valid" else None) for key, state in newest.items()],
    )
    await intake.mark_pending(connection, newest, moment.now, batch[-1].event.traceparent)


def _newest_last(state: Certificate) -> tuple[bool, int, int]:
    """Of several certificates of one enrolment the valid one counts, else the one with the highest number."""
    return state.state == "valid", state.register_year, state.register_number


def _shown(state: Certificate) -> str:
    return msgspec.json.encode(
        {"id": state.certificate_id, "number": state.number, "state": state.state, "issued_on": state.issued_on}
    ).decode()
