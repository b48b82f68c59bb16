"""/imports"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import Body, FastAPI, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.adapters import workbook
from services.roster.adapters.bounds import LARGEST_FILE
from services.roster.api.lists import DEFAULT_LIMIT, Limit
from services.roster.api.rules import IMPORTS, READS_IMPORTS
from services.roster.schemas import Confirmation
from services.roster.schemas.imports import ImportAnswer, ImportList
from services.roster.use_cases import imports
from services.roster.use_cases.imports import Import
from shared.audit import Act
from shared.callers import acts, may, province_of
from shared.identity import Principal
from shared.objects import Objects
from shared.paging import Cursor, after, page
from shared.uploads import file_of
from shared.web import answers, json_response, router

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SENT = frozenset({_XLSX, "application/octet-stream", ""})
_SHOWN = 200
_KEPT = (
    "import_id", "kind", "state", "confirming", "file_name", "sha256", "sent_by", "sent_at", "counts",
    "confirmed_by", "confirmed_at", "accepted",
)  # fmt: skip

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

    @routes.get("/imports", response_model=ImportList)
    async def listed(
        caller: Annotated[Principal, may(READS_IMPORTS)], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Response:
        """What was sent and what became of it, the newest first; `confirming`: it is being written just now."""
        total, found = await imports.listed(engine, province_of(caller), after(cursor), limit + 1)
        return json_response(page(found, limit=limit, total=total, id_of=itemgetter("import_id"), item=_item))

    @routes.post("/imports", status_code=201, openapi_extra=upload, response_model=ImportAnswer)
    async def preview(request: Request, act: Annotated[Act, acts(IMPORTS)], kind: Kind) -> Response:
        """Reads a workbook and says what confirming it would do; nothing else is written."""
        content, name = await file_of(request, LARGEST_FILE, _SENT)
        return json_response(_shown(await imports.preview(engine, objects, act, content, name)), 201)

    @routes.get("/imports/template", response_class=Response, responses=answers(_XLSX))
    async def template(_: Annotated[Principal, may(IMPORTS)], kind: Kind) -> Response:
        """An empty workbook with the headers."""
        return _file(await workbook.template(), f"mau-{kind}.xlsx")

    @routes.get("/imports/{import_id}", response_model=ImportAnswer)
    async def get_import(caller: Annotated[Principal, may(READS_IMPORTS)], import_id: UUID) -> Response:
        """One import with its counts and first messages."""
        return json_response(_shown(await imports.get(engine, province_of(caller), import_id)))

    @routes.post("/imports/{import_id}/confirm", response_model=ImportAnswer)
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
    item = _item({name: getattr(one, name) for name in _KEPT} | {"messages_total": len(one.messages)})
    return item | {"mapping": one.mapping, "messages": one.messages[:_SHOWN]}


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = dict(row["counts"])
    return {
        "id": row["import_id"],
        "kind": row["kind"],
        "state": row["state"],
        "confirming": row["confirming"],
        "file_name": row["file_name"],
        "sha256": row["sha256"],
        "sent_by": row["sent_by"],
        "sent_at": row["sent_at"],
        "declared_total": counts.pop("declared_total", None),
        "counts": counts,
        "messages_total": row["messages_total"],
        "confirmed_by": row["confirmed_by"],
        "confirmed_at": row["confirmed_at"],
        "accepted": row["accepted"],
    }


def _file(content: bytes, name: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=_XLSX, headers={"content-disposition": disposition})
