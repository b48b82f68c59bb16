"""What persons decide of certificates: replace one with corrected data, revoke one; who issues from when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.certificates.adapters.drawing import Printed, problems
from services.certificates.domain.issuer import Details, Issuer
from services.certificates.domain.register import Asked, Number, allot, check_pattern, text_of
from services.certificates.store import candidates as candidate_store
from services.certificates.store import certificates as store
from services.certificates.store import registers as register_store
from services.certificates.store.certificates import Row
from services.certificates.use_cases import wire
from services.certificates.use_cases.ending import say_ended
from services.certificates.use_cases.issuing import LARGEST, RESULT, NewToken, verify_url
from shared import audit, outbox
from shared.audit import Act
from shared.clock import vietnamese_day
from shared.database import retrying, transaction
from shared.outbox import Said

_PRINTED = msgspec.json.Decoder(Printed)


Reaches = Callable[[Row], bool]
"""Whether a certificate is within reach; one that is not is unknown to the caller."""


class NoSuchCertificateError(LookupError):
    """No certificate of this id within reach."""


class UnprintableError(ValueError):
    """What the paper would say cannot be printed; the message says why."""


class NoIssuerError(LookupError):
    """No issuer of this code is known any more."""


async def put_issuer(engine: AsyncEngine, act: Act, audience: str, code: str, details: Details, since: date) -> UUID:
    """Says who issues papers for an audience from a day on. Raises BadPatternError, UnprintableError."""
    check_pattern(details.number_pattern)
    if found := problems(_specimen(details)):
        raise UnprintableError("; ".join(found))
    issuer = Issuer(
        province_id=act.province_id,
        id=act.new_id(),
        audience=audience,
        code=code,
        details=details,
        valid_from=since,
        valid_to=None,
    )

    async def once() -> UUID:
        async with transaction(engine, act.province_id) as connection:
            issuer_id = await register_store.put_issuer(connection, issuer)
            await candidate_store.try_again(connection, act.province_id, audience)
            await audit.record(connection, act, "issuer.put", "issuer", [(str(issuer_id), {"audience": audience})])
        return issuer_id

    return await retrying(once)


async def issuers(engine: AsyncEngine, province_id: UUID) -> list[Issuer]:
    """Who issues a province's papers, by audience and period."""
    async with transaction(engine, province_id) as connection:
        return await register_store.issuers(connection, [province_id])


def _specimen(details: Details) -> Printed:
    """A paper of nobody's, with the longest number, to see whether an issuer's own lines can be printed."""
    day = date(2099, 12, 31)
    return Printed(
        number=text_of(details.number_pattern, day.year, LARGEST),
        register_number=str(LARGEST),
        kind_title=details.kind_title,
        kind_subtitle=details.kind_subtitle,
        full_name="A",
        birth_date=day,
        unit_name="A",
        position="A",
        course_title="A",
        programme=details.programme,
        periods=1,
        starts_on=day,
        ends_on=day,
        result=RESULT,
        score=None,
        parent_body=details.parent_body,
        issuer=details.issuer,
        place=details.place,
        issued_on=day,
        signer_authority=details.signer_authority,
        signer_title=details.signer_title,
        signer_name=details.signer_name,
        verify_url="https://a",
        list_title="",
        recognised_on=day,
    )


async def revoke(engine: AsyncEngine, act: Act, certificate_id: UUID, reason: str, reaches: Reaches) -> Row:
    """Ends a certificate; its number stays, marked void. Raises NoSuchCertificateError, EndedError."""

    async def once() -> Row:
        async with transaction(engine, act.province_id) as connection:
            row = await _locked(connection, act, certificate_id, reaches)
            gone = wire.ended(row, "revoked", at=act.at, recorded_at=act.recorded_at, why=reason)
            await _say_ended(connection, act, gone)
            await audit.record(connection, act, "certificate.revoke", "certificate", [(str(certificate_id), {})])
            return gone

    return await retrying(once)


async def replace_certificate(
    engine: AsyncEngine,
    act: Act,
    certificate_id: UUID,
    reaches: Reaches,
    *,
    reason: str,
    full_name: str | None,
    birth_date: date | None,
    public_url: str,
    new_token: NewToken,
) -> Row:
    """A new certificate with corrected data under a new number; the old one says by what it was replaced.

    Raises NoSuchCertificateError, EndedError, UnprintableError, NoIssuerError.
    """
    new_certificate_id, token = act.new_id(), new_token()

    async def once() -> Row:
        async with transaction(engine, act.province_id) as connection:
            old = await _locked(connection, act, certificate_id, reaches)
            gone = wire.ended(
                old,
                "replaced",
                at=act.at,
                recorded_at=act.recorded_at,
                why=reason,
                replaced_by=new_certificate_id,
            )
            number = await _next_number(connection, act, old.issuer_code)
            before = _PRINTED.decode(old.printed)
            paper = replace(
                before,
                number=number.text,
                register_number=f"{number.number:05d}",
                full_name=full_name or before.full_name,
                birth_date=birth_date or before.birth_date,
                issued_on=vietnamese_day(act.at),
                verify_url=verify_url(public_url, token),
            )
            if found := problems(paper):
                raise UnprintableError("; ".join(found))
            row = replace(
                old,
                id=new_certificate_id,
                register_year=number.year,
                register_number=number.number,
                number=number.text,
                printed=msgspec.json.encode(paper).decode(),
                token=token,
                issued_at=act.at,
                recorded_at=act.recorded_at,
                paper=None,
            )
            await _say_ended(connection, act, gone)
            await outbox.lock(connection, "certificate", [(row.province_id, row.id)])
            await store.insert(connection, [row])
            await outbox.append(
                connection,
                [Said(event="issued", aggregate_id=row.id, state=wire.certificate(row))],
                now=act.recorded_at,
                new_id=act.new_id,
                traceparent=act.traceparent,
            )
            await audit.record(
                connection, act, "certificate.replace", "certificate", [(str(certificate_id), {"by": str(row.id)})]
            )
            return row

    return await retrying(once)


async def _locked(connection: AsyncConnection, act: Act, certificate_id: UUID, reaches: Reaches) -> Row:
    """The certificate with its candidate locked: whoever ends a certificate holds that lock before reading its state.

    Raises NoSuchCertificateError.
    """
    seen = await store.one(connection, act.province_id, certificate_id)
    if seen is None or not reaches(seen):
        raise NoSuchCertificateError
    await candidate_store.lock(connection, [(act.province_id, seen.enrolment_id)])
    row = await store.one(connection, act.province_id, certificate_id)
    if row is None:
        raise NoSuchCertificateError
    return row


async def _next_number(connection: AsyncConnection, act: Act, code: str) -> Number:
    """The next number of an issuer's register of the act's year. Raises NoIssuerError."""
    issuers = await register_store.issuers(connection, [act.province_id])
    issuer = next((one for one in reversed(issuers) if one.code == code), None)
    if issuer is None:
        raise NoIssuerError(code)
    register = (act.province_id, code, vietnamese_day(act.at).year)
    last = await register_store.lock_registers(connection, [register])
    [(_, number)], reached = allot([Asked(None, register, issuer.details.number_pattern)], last)
    await register_store.reach(connection, reached)
    return number


async def _say_ended(connection: AsyncConnection, act: Act, row: Row) -> None:
    await say_ended(connection, [row], row.state, now=act.recorded_at, new_id=act.new_id, traceparent=act.traceparent)
