"""One OpenAPI document of all services as the public sees them, a page that lists its operations, and the AsyncAPI
document of the events."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.limits import Limits, address_of
from gateway.proxy import Upstreams
from gateway.routes import ROUTES, Service, find
from gateway.webhooks import PREFIX
from shared.callers import OPEN
from shared.events.documents import asyncapi
from shared.problems import wants_english
from shared.web import json_response

KEPT_S = 30.0
_ASK_S = 5.0
_METHODS = ("get", "post", "put", "patch", "delete")
_DELIVERY = {
    "post": {
        "tags": ["gateway"],
        "summary": 'A signed delivery of a learning platform: one event, or up to 500 in {"events": […]}',
        "operationId": "gateway.lms_webhook",
        "parameters": [
            {"name": "vendor", "in": "path", "required": True, "schema": {"type": "string"}},
            *(
                {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
                for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
            ),
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": {"description": "All accepted events are durable"},
            "401": {"description": "Bad or stale signature"},
            "409": {"description": "A known id with other content"},
            "413": {"description": "Over 256 KiB single or 2 MiB batch"},
            "422": {"description": "Signed, but not of this form"},
            "429": {"description": "Too many; see Retry-After"},
        },
        "security": [],
    }
}


def public_path(service: Service, path: str) -> str | None:
    """How the public reaches a service's path, or None where it cannot."""
    for route in ROUTES:
        if route.service is service and route.target and (path == route.target or path.startswith(route.target + "/")):
            return route.path + path[len(route.target) :]
    found = find(path, path)
    return path if found is not None and found.service is service and found.target is None else None


def merge(documents: dict[Service, dict[str, Any]], own: dict[str, Any]) -> dict[str, Any]:
    """One document. Names of schemas and operations get the service's name in front, so that none hides another."""
    paths: dict[str, Any] = {PREFIX + "{vendor}": _DELIVERY}
    schemas: dict[str, Any] = {}
    for name, document in [*documents.items(), (None, own)]:
        prefix = name or "gateway"
        renamed = _renamed(document, prefix)
        for path, item in renamed.get("paths", {}).items():
            public = path if name is None else public_path(name, path)
            if public is not None:
                paths.setdefault(public, {}).update(_operations(item, prefix, public))
        for schema, content in renamed.get("components", {}).get("schemas", {}).items():
            schemas[f"{prefix}.{schema}"] = content
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "BDTX",
            "version": "1",
            "description": "Hồ sơ bồi dưỡng thường xuyên của một tỉnh / A province's teacher-training record",
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "x-unavailable": [service for service in Service if service not in documents],
    }


def _operations(item: dict[str, Any], prefix: str, public: str) -> dict[str, Any]:
    route = find(public, public)
    bearer = not route.public if route is not None else public.startswith("/api/")
    shown = dict(item)
    for method in _METHODS:
        if method in item:
            operation = dict(item[method])
            operation["tags"] = [prefix]
            operation["operationId"] = f"{prefix}.{operation.get('operationId', method)}"
            operation["security"] = [{"bearer": []}] if bearer else []
            shown[method] = operation
    return shown


def _renamed(node: Any, prefix: str) -> Any:
    if isinstance(node, dict):
        return {
            key: value.replace("#/components/schemas/", f"#/components/schemas/{prefix}.")
            if key == "$ref" and isinstance(value, str)
            else _renamed(value, prefix)
            for key, value in node.items()
        }
    return [_renamed(entry, prefix) for entry in node] if isinstance(node, list) else node


class Documents:
    """The services' documents, asked at most every 30 s."""

    def __init__(self, upstreams: Upstreams, app: FastAPI) -> None:
        self._upstreams = upstreams
        self._app = app
        self._lock = asyncio.Lock()
        self._kept: tuple[float, dict[str, Any]] | None = None

    async def merged(self) -> dict[str, Any]:
        """All of those that answer; `x-unavailable` names the others, which are asked again at the next call."""
        async with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > KEPT_S:
                found = await asyncio.gather(*(self._ask(service) for service in Service))
                documents = {service: document for service, document in zip(Service, found, strict=True) if document}
                merged = merge(documents, self._app.openapi())
                if merged["x-unavailable"]:
                    return merged
                self._kept = (time.monotonic(), merged)
            return self._kept[1]

    async def _ask(self, service: Service) -> dict[str, Any] | None:
        try:
            async with (
                asyncio.timeout(_ASK_S),
                self._upstreams.session.get(f"{self._upstreams.bases[service]}/openapi.json") as answer,
            ):
                if answer.status != 200:
                    return None
                return msgspec.json.decode(await answer.read(), type=dict[str, Any])
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError):
            return None


def mount(app: FastAPI, upstreams: Upstreams, limits: Limits) -> None:
    """Puts the merged document in place of the gateway's own, and adds /docs and /asyncapi.json."""
    documents = Documents(upstreams, app)
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
    page = pages.get_template("docs.html")
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", "") != "/openapi.json"]

    @app.get("/openapi.json", include_in_schema=False, dependencies=[OPEN])
    async def document(request: Request) -> Response:
        limits.anonymous.take(address_of(request.scope))
        return json_response(await documents.merged())

    events = asyncapi()

    @app.get("/asyncapi.json", include_in_schema=False, dependencies=[OPEN])
    async def of_events(request: Request) -> Response:
        limits.anonymous.take(address_of(request.scope))
        return json_response(events)

    @app.get("/docs", include_in_schema=False, dependencies=[OPEN])
    async def docs(request: Request, lang: str = "") -> Response:
        limits.anonymous.take(address_of(request.scope))
        english = lang == "en" or (not lang and wants_english(request.headers.get("accept-language")))
        merged = await documents.merged()
        rows = [
            {"path": path, "method": method, "operation": item[method]}
            for path, item in merged["paths"].items()
            for method in _METHODS
            if method in item
        ]
        groups = {tag: [row for row in rows if row["operation"]["tags"] == [tag]] for tag in [*Service, "gateway"]}
        html = page.render(english=english, groups=groups, unavailable=merged["x-unavailable"])
        return HTMLResponse(html, headers={"content-language": "en" if english else "vi"})
