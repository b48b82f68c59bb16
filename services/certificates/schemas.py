"""Request bodies and the shape of a certificate for those who may see it."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import AfterValidator, BaseModel, Field

from services.certificates.adapters.drawing import Printed
from services.certificates.domain.issuer import Details
from services.certificates.store.certificates import Row
from services.certificates.store.print_runs import PrintRun
from shared.bodies import Body
from shared.instants import Day

_PRINTED = msgspec.json.Decoder(Printed)
_LINE = r"^[^\x00-\x1f]*$"


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


class IssuerIn(Body):
    """Who issues papers for an audience, and what they say."""

    audience: Literal["managers", "teachers"]
    code: str = Field(min_length=1, max_length=40, pattern=r"^[A-Z0-9ĐÀ-Ỹ.-]+$")
    issuer: str = Field(min_length=1, max_length=120, pattern=_LINE)
    parent_body: str = Field("", max_length=120, pattern=_LINE)
    kind_title: str = Field("GIẤY CHỨNG NHẬN", min_length=1, max_length=120, pattern=_LINE)
    kind_subtitle: str = Field("Hoàn thành khóa bồi dưỡng", max_length=120, pattern=_LINE)
    programme: str = Field("", max_length=200, pattern=_LINE)
    number_pattern: str = Field(min_length=1, max_length=80, pattern=_LINE)
    place: str = Field(min_length=1, max_length=120, pattern=_LINE)
    signer_authority: str = Field("", max_length=120, pattern=_LINE)
    signer_title: str = Field("GIÁM ĐỐC", max_length=120, pattern=_LINE)
    signer_name: str = Field("", max_length=120, pattern=_LINE)
    valid_from: Day

    def details(self) -> Details:
        """What the domain keeps of it."""
        return Details(**self.model_dump(exclude={"audience", "code", "valid_from"}))


class RevocationIn(Body):
    """Why a certificate ends."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")


class ReplacementIn(RevocationIn):
    """What the new paper says otherwise."""

    full_name: Annotated[str, AfterValidator(_tidy)] | None = Field(None, min_length=1, max_length=90, pattern=_LINE)
    birth_date: date | None = None


class PrintIn(Body):
    """Whose papers are to be printed: of a class, or of a unit and all below it."""

    class_id: UUID | None = None
    unit_id: UUID | None = None


class CertificateItem(BaseModel):
    """A certificate. `drawn`: whether its PDF is there yet; `verify_url`: where anybody learns whether it is valid."""

    id: UUID
    enrolment_id: UUID
    person_id: UUID
    number: str
    register_number: int
    register_year: int
    issuer: str
    issuer_code: str
    name: str
    unit_name: str
    course_title: str
    issued_on: date
    state: Literal["valid", "replaced", "revoked"]
    replaced_by: UUID | None
    ended_at: datetime | None
    ended_why: str | None
    drawn: bool
    verify_url: str
    token: str


class CertificateList(BaseModel):
    """A page of certificates by their ids."""

    items: list[CertificateItem]
    next: str | None
    total: int


class PrintRunItem(BaseModel):
    """A print run. `undrawn`: valid certificates that had no paper yet when it was asked for; `left_out`: papers of
    certificates that ended meanwhile, and such as could not be read; `empty`: all of them."""

    id: UUID
    class_id: UUID | None
    unit_id: UUID | None
    asked_by: str
    asked_at: datetime
    state: Literal["waiting", "binding", "made", "empty"]
    papers: int
    undrawn: int
    bound: int
    left_out: int
    ended_at: datetime | None


class PrintRunList(BaseModel):
    """A page of print runs, the newest first."""

    items: list[PrintRunItem]
    next: str | None
    total: int


def print_run_item(run: PrintRun) -> dict[str, Any]:
    """A print run for those who reach every paper in it."""
    names = ("id", "class_id", "unit_id", "asked_by", "asked_at", "papers", "undrawn", "bound", "left_out", "ended_at")
    if run.ended_at is None:
        state = "waiting" if run.taken_until is None else "binding"
    else:
        state = "empty" if run.document is None else "made"
    return {name: getattr(run, name) for name in names} | {"state": state}


def item(row: Row) -> dict[str, Any]:
    """A certificate for those whose grants reach it."""
    printed = _PRINTED.decode(row.printed)
    return {
        "id": row.id,
        "enrolment_id": row.enrolment_id,
        "person_id": row.person_id,
        "number": row.number,
        "register_number": row.register_number,
        "register_year": row.register_year,
        "issuer": printed.issuer,
        "issuer_code": row.issuer_code,
        "name": printed.full_name,
        "unit_name": printed.unit_name,
        "course_title": printed.course_title,
        "issued_on": printed.issued_on,
        "state": row.state,
        "replaced_by": row.replaced_by,
        "ended_at": row.ended_at,
        "ended_why": row.ended_why,
        "drawn": row.paper is not None,
        "verify_url": printed.verify_url,
        "token": row.token,
    }
