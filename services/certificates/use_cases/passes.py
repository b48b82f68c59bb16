"""Who has passed, as grading says it; a certificate whose pass is gone is revoked in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.certificates.store import candidates as candidate_store
from services.certificates.store import certificates as store
from services.certificates.store.candidates import Passed
from services.certificates.store.certificates import Row
from services.certificates.use_cases import wire
from services.certificates.use_cases.ending import say_ended
from shared.applying import Moment, Received

WITHDRAWN = "pass_withdrawn"


async def take_results(connection: AsyncConnection, batch: Sequence[Received], moment: Moment) -> None:
    """Keeps who has passed, and ends what no longer stands on a pass."""
    passed = {
        (r.state.province_id, r.state.enrolment_id): Passed(
            (r.state.province_id, r.state.enrolment_id),
            r.state.person_id,
            r.state.class_id,
            r.state.recognition,
            r.state.pass_withdrawn_at,
            r.event.traceparent,
        )
        for r in batch
        if r.state.recognition is not None
    }
    if not passed:
        return
    await candidate_store.lock(connection, passed)
    await candidate_store.take(connection, list(passed.values()))
    held = await store.valid_of(connection, list(passed))
    ended = [_revoked(row, passed[key], moment) for key, row in held.items() if not _stands(row, passed[key])]
    await say_ended(connection, ended, "revoked", now=moment.now, new_id=moment.new_id, traceparent=None)


def _stands(row: Row, one: Passed) -> bool:
    """A newer list means that the older one's pass was taken back, even where that event itself was folded away."""
    return one.withdrawn_at is None and row.list_id == one.recognition.list_id


def _revoked(row: Row, one: Passed, moment: Moment) -> Row:
    at = one.withdrawn_at
    if at is None or row.list_id != one.recognition.list_id:
        at = one.recognition.approved_at
    return wire.ended(row, "revoked", at=at, recorded_at=moment.now, why=WITHDRAWN)
