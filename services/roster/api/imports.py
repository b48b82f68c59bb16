"""/imports"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import Body, FastAPI, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.adapters import workbook
from services.roster.adapters.bounds import LARGEST_FILE
from services.roster.api.rules import IMPORTS, READS_IMPORTS
from services.roster.schemas import Confirmation
from services.roster.use_cases import imports
from services.roster.use_cases.imports import Import
from shared.audit import Act
from shared.callers import acts, may, province_of
from shared.identity import Principal
from shared.objects import Objects
from shared.uploads import file_of
from shared.web import answers, json_response, router

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SENT = frozenset({_XLSX, "application/octet-stream", ""})
_SHOWN = 200

Kind = Annotated[Literal["personnel"], Query()]


def mount(app: FastAPI, engine: AsyncEngine, objects: Objects) -> None:
    """Workbooks in: preview, confirm, the annotated copy, the template."""
    routes = router(keyed=False)
    upload = {
        "requestBody": {
            "required": True,
            "content": {
                _XLSX: {"schema": {"type": "string", "format": "binary"}},
                "multipart/form-data": {
                    "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
                },
            },
        }
    }

    @routes.post("/imports", status_code=201, openapi_extra=upload)
    async def preview(request: Request, act: Annotated[Act, acts(IMPORTS)], kind: Kind) -> Response:
        """Reads a workbook and says what confirming it would do; nothing else is written."""
        content, name = await file_of(request, LARGEST_FILE, _SENT)
        return json_response(_shown(await imports.preview(engine, objects, act, content, name)), 201)

    @routes.get("/imports/template", response_class=Response, responses=answers(_XLSX))
    async def template(_: Annotated[Principal, may(IMPORTS)], kind: Kind) -> Response:
        """An empty workbook with the headers."""
        return _file(await workbook.template(), f"mau-{kind}.xlsx")

    @routes.get("/imports/{import_id}")
    async def get_import(caller: Annotated[Principal, may(READS_IMPORTS)], import_id: UUID) -> Response:
        """One import with its counts and first messages."""
        return json_response(_shown(await imports.get(engine, province_of(caller), import_id)))

    @routes.post("/imports/{import_id}/confirm")
    async def confirm(
        act: Annotated[Act, acts(IMPORTS)], import_id: UUID, body: Annotated[Confirmation | None, Body()] = None
    ) -> Response:
        """Writes all rows, or the valid ones, or nothing."""
        accept = (body or Confirmation()).accept
        return json_response(_shown(await imports.confirm(engine, objects, act, import_id, accept)))

    @routes.get("/imports/{import_id}/file", response_class=Response, responses=answers(_XLSX))
    async def annotated(caller: Annotated[Principal, may(READS_IMPORTS)], import_id: UUID) -> Response:
        """The same workbook with the columns Status and Error."""
        found, content = await imports.annotated(engine, objects, province_of(caller), import_id)
        return _file(content, found.file_name or f"{found.import_id}.xlsx")

    app.include_router(routes)


def _shown(one: Import) -> dict[str, Any]:
    counts = dict(one.counts)
    return {
        "id": one.import_id,
        "kind": one.kind,
        "state": one.state,
        "file_name": one.file_name,
        "sha256": one.sha256,
        "sent_by": one.sent_by,
        "sent_at": one.sent_at,
        "declared_total": counts.pop("declared_total", None),
        "counts": counts,
        "mapping": one.mapping,
        "messages": one.messages[:_SHOWN],
        "messages_total": len(one.messages),
        "confirmed_by": one.confirmed_by,
        "confirmed_at": one.confirmed_at,
        "accepted": one.accepted,
    }


def _file(content: bytes, name: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=_XLSX, headers={"content-disposition": disposition})
