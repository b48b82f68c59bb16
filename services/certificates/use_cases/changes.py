"""What persons decide of certificates: replace one with corrected data, revoke one; who issues from when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.adapters.drawing import Printed, problems
from services.certificates.domain.issuer import Details, Issuer
from services.certificates.domain.register import check_pattern, text_of
from services.certificates.store import candidates as candidate_store
from services.certificates.store import certificates as store
from services.certificates.store.certificates import Row
from services.certificates.use_cases import wire
from services.certificates.use_cases.issuing import NewToken, say_ended, verify_url
from shared import audit, outbox
from shared.audit import Act
from shared.clock import vietnamese_day
from shared.database import retrying, transaction
from shared.outbox import Said

_PRINTED = msgspec.json.Decoder(Printed)


class NoSuchCertificateError(LookupError):
    """No certificate of this id in the province."""


class UnprintableError(ValueError):
    """The corrected data cannot be printed; the message says why."""


class NoIssuerError(LookupError):
    """No issuer of this code is known any more."""


async def put_issuer(engine: AsyncEngine, act: Act, audience: str, code: str, details: Details, since: date) -> UUID:
    """Says who issues papers for an audience from a day on. Raises BadPatternError."""
    check_pattern(details.number_pattern)
    issuer = Issuer(
        province_id=act.province_id,
        id=act.new_id(),
        audience=audience,
        code=code,
        details=details,
        valid_from=since,
        valid_to=None,
    )
    async with transaction(engine, act.province_id) as connection:
        issuer_id = await candidate_store.put_issuer(connection, issuer)
        await audit.record(connection, act, "issuer.put", "issuer", [(str(issuer_id), {"audience": audience})])
    return issuer_id


async def revoke(engine: AsyncEngine, act: Act, certificate_id: UUID, reason: str) -> Row:
    """Ends a certificate; its number stays, marked void. Raises NoSuchCertificateError, EndedError."""

    async def once() -> Row:
        async with transaction(engine, act.province_id) as connection:
            await outbox.lock(connection, "certificate", [(act.province_id, certificate_id)])
            row = await store.one(connection, act.province_id, certificate_id)
            if row is None:
                raise NoSuchCertificateError
            gone = wire.ended(row, "revoked", at=act.at, recorded_at=act.recorded_at, why=reason)
            await say_ended(
                connection,
                [gone],
                "revoked",
                now=act.recorded_at,
                new_id=act.new_id,
                traceparent=act.traceparent,
            )
            await audit.record(connection, act, "certificate.revoke", "certificate", [(str(certificate_id), {})])
            return gone

    return await retrying(once)


async def replace_certificate(
    engine: AsyncEngine,
    act: Act,
    certificate_id: UUID,
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
            both = [(act.province_id, certificate_id), (act.province_id, new_certificate_id)]
            await outbox.lock(connection, "certificate", both)
            old = await store.one(connection, act.province_id, certificate_id)
            if old is None:
                raise NoSuchCertificateError
            gone = wire.ended(
                old,
                "replaced",
                at=act.at,
                recorded_at=act.recorded_at,
                why=reason,
                replaced_by=new_certificate_id,
            )
            issuers = await candidate_store.issuers(connection, [act.province_id])
            issuer = next((one for one in reversed(issuers) if one.code == old.issuer_code), None)
            if issuer is None:
                raise NoIssuerError(old.issuer_code)
            year = vietnamese_day(act.at).year
            register = (act.province_id, old.issuer_code, year)
            number = (await candidate_store.lock_registers(connection, [register]))[register] + 1
            text = text_of(issuer.details.number_pattern, year, number)
            before = _PRINTED.decode(old.printed)
            paper = replace(
                before,
                number=text,
                register_number=f"{number:05d}",
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
                register_year=year,
                register_number=number,
                number=text,
                printed=msgspec.json.encode(paper).decode(),
                token=token,
                issued_at=act.at,
                recorded_at=act.recorded_at,
                paper=None,
            )
            await say_ended(
                connection,
                [gone],
                "replaced",
                now=act.recorded_at,
                new_id=act.new_id,
                traceparent=act.traceparent,
            )
            await candidate_store.reach(connection, {register: number})
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
