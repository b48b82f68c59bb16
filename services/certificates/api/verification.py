"""What the public may know of a paper, without a log-in: by the QR code's token, or by the PDF itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict
from typing import Annotated, Literal

import msgspec
from fastapi import FastAPI, Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.adapters.drawing import Printed
from services.certificates.adapters.pages import VerificationView, verification_page
from services.certificates.store import certificates as store
from services.certificates.store.certificates import Place
from shared.clock import vietnamese_day
from shared.database import transaction
from shared.uploads import file_of
from shared.web import json_response

LARGEST_PAPER = 1024 * 1024
"""Bytes; a certificate is a tenth of that."""

UNKNOWN = VerificationView(state="unknown")
_PRINTED = msgspec.json.Decoder(Printed)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,30}")
_STATES: dict[str, Literal["valid", "replaced", "revoked"]] = {
    "valid": "valid",
    "replaced": "replaced",
    "revoked": "revoked",
}
Language = Annotated[Literal["vi", "en"], Query()]


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """`GET /verify/{token}`, `POST /verify`"""

    @app.get("/verify/{token}")
    async def by_token(token: str, accept: Annotated[str, Header()] = "", lang: Language = "vi") -> Response:
        """The page behind a paper's QR code, or its JSON; 404 for what no register holds."""
        place = None
        if _TOKEN.fullmatch(token):
            async with engine.begin() as connection:
                place = await store.of_token(connection, token)
        return _answer(await _view(engine, place), accept, lang)

    @app.post("/verify")
    async def by_paper(request: Request, accept: Annotated[str, Header()] = "", lang: Language = "vi") -> Response:
        """The same for an uploaded PDF: known only when every byte is as it was drawn."""
        paper, _ = await file_of(request, LARGEST_PAPER)
        digest = hashlib.sha256(paper).digest()
        async with engine.begin() as connection:
            place = await store.of_paper(connection, digest)
        return _answer(await _view(engine, place), accept, lang)


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


def _answer(view: VerificationView, accept: str, lang: Literal["vi", "en"]) -> Response:
    status = 404 if view.state == "unknown" else 200
    headers = {"cache-control": "no-store", "vary": "accept"}
    if "application/json" in accept and "text/html" not in accept:
        return json_response({name: value for name, value in asdict(view).items() if value}, status, headers)
    return Response(verification_page(view, lang), status_code=status, media_type="text/html", headers=headers)
