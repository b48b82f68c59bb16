"""What the public may know of a paper: by the token of its QR code, or by the PDF itself, every byte of it."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.adapters.drawing import Printed
from services.certificates.adapters.pages import VerificationView
from services.certificates.store import certificates as store
from services.certificates.store.certificates import Place
from shared.clock import vietnamese_day
from shared.database import transaction

UNKNOWN = VerificationView(state="unknown")
_PRINTED = msgspec.json.Decoder(Printed)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,30}")
_STATES: dict[str, Literal["valid", "replaced", "revoked"]] = {
    "valid": "valid",
    "replaced": "replaced",
    "revoked": "revoked",
}


async def of_token(engine: AsyncEngine, token: str) -> VerificationView:
    """UNKNOWN for what no register holds."""
    if not _TOKEN.fullmatch(token):
        return UNKNOWN
    async with engine.begin() as connection:
        place = await store.of_token(connection, token)
    return await _view(engine, place)


async def of_paper(engine: AsyncEngine, paper: bytes) -> VerificationView:
    """UNKNOWN unless every byte is as it was drawn."""
    async with engine.begin() as connection:
        place = await store.of_paper(connection, hashlib.sha256(paper).digest())
    return await _view(engine, place)


async def _view(engine: AsyncEngine, place: Place | None) -> VerificationView:
    """Number, kind, name, result, issuer, date, state and what replaced it: nothing else (rule CER-5)."""
    if place is None:
        return UNKNOWN
    province_id, certificate_id = place
    async with transaction(engine, province_id) as connection:
        row = await store.one(connection, province_id, certificate_id)
        replaced_by = row.replaced_by if row else None
        newer = await store.one(connection, province_id, replaced_by) if replaced_by else None
    if row is None:
        return UNKNOWN
    printed = _PRINTED.decode(row.printed)
    return VerificationView(
        state=_STATES[row.state],
        number=row.number,
        kind=f"{printed.kind_title} {printed.kind_subtitle}".strip(),
        name=printed.full_name,
        result=printed.result,
        issuer=printed.issuer,
        issued_on=printed.issued_on,
        ended_on=None if row.ended_at is None else vietnamese_day(row.ended_at),
        replaced_by_number=newer.number if newer else "",
        replaced_by_url=_PRINTED.decode(newer.printed).verify_url if newer else "",
    )
