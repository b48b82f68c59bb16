"""What the public may know of a paper, without a log-in: by the QR code's token, or by the PDF itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import FastAPI, Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.adapters.pages import VerificationView, verification_page
from services.certificates.use_cases import verification
from shared.callers import OPEN
from shared.uploads import file_of
from shared.web import json_response

LARGEST_PAPER = 1024 * 1024
"""Bytes; a certificate is a tenth of that."""

Language = Annotated[Literal["vi", "en"], Query()]


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """`GET /verify/{token}`, `POST /verify`"""

    @app.get("/verify/{token}", dependencies=[OPEN])
    async def by_token(token: str, accept: Annotated[str, Header()] = "", lang: Language = "vi") -> Response:
        """The page behind a paper's QR code, or its JSON; 404 for what no register holds."""
        return _answer(await verification.of_token(engine, token), accept, lang)

    @app.post("/verify", dependencies=[OPEN])
    async def by_paper(request: Request, accept: Annotated[str, Header()] = "", lang: Language = "vi") -> Response:
        """The same for an uploaded PDF: known only when every byte is as it was drawn."""
        paper, _ = await file_of(request, LARGEST_PAPER)
        return _answer(await verification.of_paper(engine, paper), accept, lang)


def _answer(view: VerificationView, accept: str, lang: Literal["vi", "en"]) -> Response:
    status = 404 if view.state == "unknown" else 200
    headers = {"cache-control": "no-store", "vary": "accept"}
    if "application/json" in accept and "text/html" not in accept:
        return json_response({name: value for name, value in asdict(view).items() if value}, status, headers)
    return Response(verification_page(view, lang), status_code=status, media_type="text/html", headers=headers)
