"""The gateway on a real socket, with one real server behind it that stands in for the four services.

The stand-in verifies every internal token by the services' own Verifier and answers what it was sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from joserfc.jwk import ECKey, OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.main import build
from gateway.server import server_of
from gateway.settings import Settings
from shared.clock import utc_now
from shared.tokens import BadTokenError, Verifier

PROVINCE = "01980000-0000-7000-8000-000000000001"
PERSON = "01980000-0000-7000-8000-000000000002"
OFFICER = "so.01@longan.edu.vn"
SECRET = "whsec_" + "A" * 43
OTHER_SECRET = "whsec_" + "B" * 43


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def listening(server: uvicorn.Server) -> AsyncIterator[None]:
    """Serves in this process; the socket is open when the block begins."""
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the server ended"
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        server.force_exit = True
        await task


@dataclass
class Behind:
    """The stand-in for the services: what it was asked, and how it shall answer."""

    jwks: Path
    url: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)
    grants: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    grants_asked: int = 0
    roster_away: bool = False
    delivery_answer: tuple[int, dict[str, Any], dict[str, str]] = (200, {"accepted": 1}, {})
    parked: dict[str, list[str]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    figures: dict[str, int] = field(default_factory=dict)
    answer: tuple[int, dict[str, str]] | None = None
    """What any other path answers, in place of what it was sent."""
    verifiers: dict[str, Verifier] = field(default_factory=dict)

    def last(self) -> dict[str, Any]:
        """The newest request that came through."""
        return self.seen[-1]

    def app(self) -> ASGIApp:
        """Its routes."""
        return Starlette(
            routes=[
                Route("/readyz", self._ready),
                Route("/openapi.json", self._openapi),
                Route("/internal/grants", self._grants),
                Route("/internal/deliveries/{vendor}", self._delivery, methods=["POST"]),
                Route("/api/v1/reports/progress", self._progress),
                Route("/api/v1/parked", self._parked),
                Route("/api/v1/parked/{id}", self._decide),
                Route("/api/v1/parked/{id}/{decision}", self._decide, methods=["POST"]),
                Route("/api/v1/units/slow", self._slow),
                Route("/api/v1/units/large", self._large),
                Route("/api/v1/units/cut", self._cut),
                Route("/api/v1/units/moved", self._moved),
                Route("/{rest:path}", self._echo, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
            ]
        )

    def _principal(self, request: Request, audience: str) -> Any:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        verifier = self.verifiers.setdefault(audience, Verifier(self.jwks, audience))
        return verifier.verify(token, utc_now())

    def _note(self, request: Request, body: bytes) -> dict[str, Any]:
        audience = None
        for service in ("roster", "grading", "certificates", "reporting"):
            try:
                self._principal(request, service)
                audience = service
            except BadTokenError:
                continue
        noted = {
            "method": request.method,
            "path": request.scope["raw_path"].decode(),
            "query": request.scope["query_string"].decode(),
            "headers": [(k.decode(), v.decode("latin-1")) for k, v in request.scope["headers"]],
            "length": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
            "audience": audience,
        }
        if audience:
            principal = self._principal(request, audience)
            noted |= {
                "account": principal.account,
                "roles": sorted(principal.roles),
                "source": principal.source,
                "province": str(principal.province_id),
            }
        self.seen.append(noted)
        return noted

    async def _echo(self, request: Request) -> Response:
        noted = self._note(request, await request.body())
        if self.answer is not None:
            return Response(status_code=self.answer[0], headers=self.answer[1])
        return JSONResponse(noted, headers={"x-request-id": "theirs"})

    async def _ready(self, request: Request) -> Response:
        return JSONResponse({"status": "ready", "faults": {}})

    async def _openapi(self, request: Request) -> Response:
        answers = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Unit"}}}}}
        operation = {"summary": "Units", "operationId": "units", "responses": answers}
        paths = {path: {"get": operation} for path in ("/api/v1/units", "/api/v1/parked", "/internal/grants")}
        return JSONResponse({"openapi": "3.1.0", "paths": paths, "components": {"schemas": {"Unit": {}}}})

    async def _grants(self, request: Request) -> Response:
        assert self._principal(request, "roster").account == "gateway"
        self.grants_asked += 1
        if self.roster_away:
            return Response(status_code=503)
        account = request.query_params["account"]
        if account not in self.grants:
            return Response(status_code=404)
        found = {"account": account, "person_id": PERSON, "province_id": PROVINCE, "grants": self.grants[account]}
        return JSONResponse(found)

    async def _delivery(self, request: Request) -> Response:
        self._note(request, await request.body())
        status, content, headers = self.delivery_answer
        return Response(json.dumps(content), status, headers, "application/json")

    async def _progress(self, request: Request) -> Response:
        self._principal(request, "reporting")
        unit = {"id": PROVINCE, "code": "80", "name": "Tỉnh <Long An>", "kind": "province"}
        return JSONResponse({"report": "progress", "unit": unit, "figures": self.figures})

    async def _parked(self, request: Request) -> Response:
        audience = self._note(request, b"")["audience"]
        rows = self.parked.get(audience, [])
        start, limit = int(request.query_params.get("cursor", 0)), int(request.query_params["limit"])
        more = str(start + limit) if start + limit < len(rows) else None
        items = [{"id": row} for row in rows[start : start + limit]]
        return JSONResponse({"items": items, "next": more, "total": len(rows)})

    async def _decide(self, request: Request) -> Response:
        noted = self._note(request, await request.body())
        if noted["audience"] in self.away:
            return Response(status_code=503)
        known = request.path_params["id"] in self.parked.get(noted["audience"], [])
        return JSONResponse(noted, 200 if known else 404)

    async def _slow(self, request: Request) -> Response:
        await asyncio.sleep(30)  # the fault itself: a service slower than the gateway's patience
        return Response()

    async def _large(self, request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(64):
                yield b"x" * 65_536

        return StreamingResponse(parts(), headers={"etag": '"v1"', "x-hop": "1", "connection": "x-hop"})

    async def _cut(self, request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"x" * 1000

        return StreamingResponse(parts(), headers={"content-length": "5000"})

    async def _moved(self, request: Request) -> Response:
        return RedirectResponse(f"{self.url}/api/v1/units?x=1")


@dataclass
class Stack:
    """A running gateway and what is behind it."""

    url: str
    port: int
    behind: Behind
    client: aiohttp.ClientSession
    secrets: Path
    issuer_key: ECKey
    folder: Path

    async def login(self, account: str = OFFICER) -> dict[str, str]:
        """Headers of a caller with a token of the built-in issuer."""
        async with self.client.post(f"{self.url}/local/token", json={"account": account}) as answer:
            assert answer.status == 200, await answer.text()
            return {"authorization": f"Bearer {(await answer.json())['access_token']}"}


def write_key(file: Path, kid: str) -> ECKey:
    """A new ES256 key in a file."""
    key = ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256", "use": "sig"}, private=True)
    file.write_text(json.dumps(key.as_dict(private=True)))
    return key


def prepare(folder: Path) -> dict[str, Any]:
    """Settings of a local gateway, and the files they name."""
    signing = write_key(folder / "signing.json", "internal-1")
    write_key(folder / "issuer.json", "local-1")
    (folder / "jwks.json").write_text(json.dumps({"keys": [signing.as_dict(private=False)]}))
    write_secrets(folder / "secrets.json")
    (folder / "session.json").write_text(json.dumps(OctKey.generate_key(256).as_dict(private=True)))
    return {
        "BDTX_ENV": "local",
        "signing_key_file": folder / "signing.json",
        "webhook_secrets_file": folder / "secrets.json",
        "session_key_file": folder / "session.json",
        "local_issuer_key_file": folder / "issuer.json",
        "local_accounts_file": folder / "accounts.json",
        "dashboard_dir": folder / "dashboard",
        **{f"{name}_URL": "http://127.0.0.1:9" for name in ("ROSTER", "GRADING", "CERTIFICATES", "REPORTING")},
    }


def write_secrets(file: Path) -> None:
    """Two vendors, a secret each."""
    file.write_text(json.dumps({"viettel": [SECRET], "vnpt": [OTHER_SECRET]}))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, Any]:
    """Settings of a gateway that is not running, with nothing behind it."""
    return prepare(tmp_path)


@asynccontextmanager
async def running(settings: Settings, behind: Behind, folder: Path, port: int | None = None) -> AsyncIterator[Stack]:
    """A gateway of these settings, listening."""
    port = port or free_port()
    key = ECKey.import_key(json.loads((folder / "issuer.json").read_text()))
    async with (
        build(settings) as gateway,
        listening(server_of(gateway, "127.0.0.1", port)),
        aiohttp.ClientSession() as client,
    ):
        yield Stack(f"http://127.0.0.1:{port}", port, behind, client, folder / "secrets.json", key, folder)


@pytest.fixture(scope="session")
async def long_running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One gateway in local mode for all tests."""
    folder = tmp_path_factory.mktemp("gateway")
    environment = prepare(folder)
    there = Behind(folder / "jwks.json")
    port = free_port()
    there.url = f"http://127.0.0.1:{port}"
    urls = {f"{name}_URL": there.url for name in ("ROSTER", "GRADING", "CERTIFICATES", "REPORTING")}
    settings = Settings(**{**environment, **urls})
    async with listening(server_of(there.app(), "127.0.0.1", port)), running(settings, there, folder) as stack:
        yield stack


@pytest.fixture
def stack(long_running: Stack) -> Stack:
    """The running gateway, with nothing left of the test before. Roster's grants stay in its cache for a minute."""
    behind = long_running.behind
    behind.seen.clear()
    behind.grants = {OFFICER: [{"role": "province_officer", "unit_id": PROVINCE}]}
    behind.roster_away = False
    behind.delivery_answer = (200, {"accepted": 1}, {})
    behind.figures = {}
    behind.away = set()
    behind.answer = None
    write_secrets(long_running.secrets)
    (long_running.folder / "accounts.json").unlink(missing_ok=True)
    shutil.rmtree(long_running.folder / "dashboard", ignore_errors=True)
    return long_running
