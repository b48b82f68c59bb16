"""The register for those who may see it: lists, one paper, a year."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Literal
from uuid import UUID

from fastapi import FastAPI, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.api.scope import reaches
from services.certificates.schemas import CertificateItem, CertificateList, item
from services.certificates.use_cases import register
from services.certificates.use_cases.register import Row
from shared import paging
from shared.callers import may, province_of
from shared.identity import Over, Principal, Role, Rule, reach_of
from shared.objects import Objects
from shared.paging import Cursor, Limit
from shared.problems import NOT_FOUND, Problem
from shared.web import answers, json_response, router

_PDF, _CSV = "application/pdf", "text/csv; charset=utf-8"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

READS = Rule("certificate.read", frozenset(Role) - {Role.VENDOR, Role.OPERATOR})
READS_REGISTER = Rule(
    "register.read", frozenset({Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER, Role.AUDITOR}), Over.PROVINCE
)


def mount(app: FastAPI, engine: AsyncEngine, objects: Objects) -> None:
    """`GET /certificates`, `/certificates/{id}.pdf`, `/certificates/due`, `/register`"""
    routes = router()

    @routes.get("/certificates", response_model=CertificateList)
    async def listed(
        caller: Annotated[Principal, may(READS)],
        unit: UUID | None = None,
        class_id: Annotated[UUID | None, Query(alias="class")] = None,
        status: Literal["valid", "replaced", "revoked"] | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """Certificates within the caller's reach, in the order of their ids."""
        rows, total = await register.page(
            engine,
            province_of(caller),
            reach_of(caller, READS),
            unit=unit,
            class_id=class_id,
            status=status,
            after=paging.after(cursor),
            limit=limit + 1,
        )
        return json_response(paging.page(rows, limit=limit, total=total, id_of=lambda row: row.id, item=item))

    @routes.get("/certificates/due")
    async def due(
        caller: Annotated[Principal, may(READS_REGISTER)], limit: Limit = 50, cursor: Cursor = None
    ) -> Response:
        """Who has passed and holds no certificate: no issuer is known, or the data cannot be printed."""
        after = paging.after(cursor)
        rows, total = await register.due(engine, province_of(caller), after=after, limit=limit + 1)
        page = paging.page(rows, limit=limit, total=total, id_of=lambda row: UUID(str(row["enrolment_id"])))
        return json_response(page)

    @routes.get("/certificates/{certificate_id}.pdf", response_class=Response, responses=answers(_PDF))
    async def paper(caller: Annotated[Principal, may(READS)], certificate_id: UUID) -> Response:
        """The paper as it was drawn, byte for byte; 404 with Retry-After while it waits for its drawer."""
        row = await _reached(engine, caller, certificate_id)
        if row.paper is None:
            raise Problem(NOT_FOUND, detail="PDF", headers={"retry-after": "5"})
        name = f"inline; filename*=UTF-8''{row.register_year}-{row.register_number:05d}-{row.id}.pdf"
        return Response(
            await objects.fetch(row.paper),
            media_type=_PDF,
            headers={"content-disposition": name, "cache-control": "private, max-age=3600"},
        )

    @routes.get("/certificates/{certificate_id}", response_model=CertificateItem)
    async def one(caller: Annotated[Principal, may(READS)], certificate_id: UUID) -> Response:
        """One certificate."""
        return json_response(item(await _reached(engine, caller, certificate_id)))

    @routes.get("/register", responses=answers(_CSV))
    async def year(
        caller: Annotated[Principal, may(READS_REGISTER)],
        year: Annotated[int, Query(ge=2000, le=2100)],
        format: Literal["json", "csv"] = "json",  # noqa: A002  # the contract's word
    ) -> Response:
        """A year's register: every number that was given, void ones marked."""
        rows = await register.year(engine, province_of(caller), year)
        items = [item(row) for row in rows]
        if format == "json":
            return json_response({"items": items, "next": None, "total": len(items)})
        return Response(_csv(rows), media_type=_CSV)

    app.include_router(routes)


async def _reached(engine: AsyncEngine, caller: Principal, certificate_id: UUID) -> Row:
    return await register.one(engine, province_of(caller), certificate_id, reaches(caller, READS))


def _csv(rows: list[Row]) -> bytes:
    """UTF-8 with a byte order mark, which Excel needs; a text that Excel would run as a formula is quoted off."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["Số vào sổ", "Năm", "Số hiệu", "Đơn vị cấp", "Họ và tên", "Đơn vị", "Khóa", "Ngày cấp", "Trạng thái"]
    )
    states = {"valid": "Có hiệu lực", "replaced": "Đã thay thế", "revoked": "Đã thu hồi"}
    for row in rows:
        one = item(row)
        cells = [
            row.register_number, row.register_year, row.number, one["issuer"], one["name"], one["unit_name"],
            one["course_title"], one["issued_on"], states[row.state],
        ]  # fmt: skip
        writer.writerow([f"'{cell}" if str(cell).startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue().encode("utf-8-sig")
