"""From a pass to a number in the register."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.certificates.adapters.drawing import Printed, problems
from services.certificates.domain.issuer import Issuer, issuer_for
from services.certificates.domain.register import Asked, Number, allot, text_of
from services.certificates.store import candidates as candidate_store
from services.certificates.store import certificates as store
from services.certificates.store import registers as register_store
from services.certificates.store.candidates import Waiting
from services.certificates.store.certificates import Row
from services.certificates.use_cases import wire
from shared import outbox
from shared.clock import NewId, vietnamese_day
from shared.database import retrying
from shared.events.grading import Recognition
from shared.outbox import Said

ISSUE_BATCH = 200
LARGEST = 9_999_999
RESULT = "Đạt"

NewToken = Callable[[], str]
"""128 random bits, URL-safe: what the QR code says. Never the number, which can be guessed."""


async def issue_waiting(
    engine: AsyncEngine, public_url: str, *, now: datetime, new_id: NewId, new_token: NewToken
) -> int:
    """Issues one batch: numbers, frozen data and tokens enter the register in one transaction with their events.

    Two workers take different candidates, and meet at the register's lock: no number twice, none left out.
    """

    async def once() -> int:
        async with engine.begin() as connection:
            due = await candidate_store.waiting(connection, ISSUE_BATCH)
            if not due:
                return 0
            issuers = await register_store.issuers(connection, [one.key[0] for one in due])
            rows = await _number(connection, _with_issuer(due, issuers), public_url, now, new_id, new_token)
            if rows:
                await outbox.lock(connection, "certificate", [(row.province_id, row.id) for row in rows])
                await store.insert(connection, rows)
                said = [Said(event="issued", aggregate_id=row.id, state=wire.certificate(row)) for row in rows]
                trace = next((one.traceparent for one in due if one.traceparent is not None), None)
                await outbox.append(connection, said, now=now, new_id=new_id, traceparent=trace)
            return len(due)

    return await retrying(once)


def _with_issuer(due: Sequence[Waiting], issuers: Sequence[Issuer]) -> list[tuple[Waiting, Issuer]]:
    found = []
    for one in due:
        mine = [issuer for issuer in issuers if issuer.province_id == one.key[0]]
        issuer = issuer_for(mine, one.recognition.audience, vietnamese_day(one.recognition.approved_at))
        if issuer is not None:
            found.append((one, issuer))
    return found


async def _number(
    connection: AsyncConnection,
    due: Sequence[tuple[Waiting, Issuer]],
    public_url: str,
    now: datetime,
    new_id: NewId,
    new_token: NewToken,
) -> list[Row]:
    """Numbers what can be printed; what cannot keeps its place with the reason, and takes no number."""
    drafts = [(one, issuer, new_token()) for one, issuer in due]
    faults = {
        one.key: found
        for one, issuer, token in drafts
        if (found := problems(printed(one.recognition, issuer, _longest(one, issuer), verify_url(public_url, token))))
    }
    good = [draft for draft in drafts if draft[0].key not in faults]
    await candidate_store.settle(
        connection,
        [(one.key, "unprintable", "; ".join(faults[one.key])[:500]) for one, _, _ in drafts if one.key in faults]
        + [(one.key, "issued", None) for one, _, _ in good],
    )
    if not good:
        return []
    asked = [
        Asked((one, issuer, token), (one.key[0], issuer.code, _year(one)), issuer.details.number_pattern)
        for one, issuer, token in good
    ]
    last = await register_store.lock_registers(connection, [one.register for one in asked])
    given, reached = allot(asked, last)
    await register_store.reach(connection, reached)
    return [
        _row(one, issuer, number, token, public_url, now=now, new_id=new_id) for (one, issuer, token), number in given
    ]


def _year(one: Waiting) -> int:
    return vietnamese_day(one.recognition.approved_at).year


def _longest(one: Waiting, issuer: Issuer) -> Number:
    """What is asked before a number is given out must hold for whichever it will be."""
    return Number(_year(one), LARGEST, text_of(issuer.details.number_pattern, _year(one), LARGEST))


def _row(
    one: Waiting, issuer: Issuer, number: Number, token: str, public_url: str, *, now: datetime, new_id: NewId
) -> Row:
    paper = printed(one.recognition, issuer, number, verify_url(public_url, token))
    return Row(
        province_id=one.key[0],
        id=new_id(),
        enrolment_id=one.key[1],
        list_id=one.recognition.list_id,
        person_id=one.person_id,
        class_id=one.class_id,
        unit_path=one.recognition.unit_path,
        audience=one.recognition.audience,
        issuer_code=issuer.code,
        register_year=number.year,
        register_number=number.number,
        number=number.text,
        printed=msgspec.json.encode(paper).decode(),
        token=token,
        issued_at=one.recognition.approved_at,
        recorded_at=now,
    )


def verify_url(public_url: str, token: str) -> str:
    """What the QR code says."""
    return f"{public_url.rstrip('/')}/verify/{token}"


def printed(recognition: Recognition, issuer: Issuer, number: Number, url: str) -> Printed:
    """What the paper says: a snapshot that no later change of person, school or issuer alters (rule CER-10)."""
    details = issuer.details
    return Printed(
        number=number.text,
        register_number=f"{number.number:05d}",
        kind_title=details.kind_title,
        kind_subtitle=details.kind_subtitle,
        full_name=recognition.name,
        birth_date=recognition.birth_date,
        unit_name=recognition.unit_name,
        position=recognition.position,
        course_title=recognition.course_title,
        programme=details.programme,
        periods=recognition.periods,
        starts_on=recognition.starts_on,
        ends_on=recognition.ends_on,
        result=RESULT,
        score=None,
        parent_body=details.parent_body,
        issuer=details.issuer,
        place=details.place,
        issued_on=vietnamese_day(recognition.approved_at),
        signer_authority=details.signer_authority,
        signer_title=details.signer_title,
        signer_name=details.signer_name,
        verify_url=url,
        list_title=recognition.list_title,
        recognised_on=vietnamese_day(recognition.approved_at),
    )
