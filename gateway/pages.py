"""The dashboard's built files: `/`, `/app/…` and `/assets/…`, from memory, read again when they were built anew.

While there are none (or a new build is under way, or failed) `/` is the status page.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from gateway.exchange import Exchange
from gateway.identity import Identity
from gateway.limits import Limits, address_of
from shared import problems
from shared.callers import OPEN
from shared.problems import Problem

INDEX = "index.html"
PROGRESS = "progress.json"
READY = "ready"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""In the order of preference, with what the build appends to a file's name."""
_FOREVER = "public, max-age=31536000, immutable"
_METHODS = ["GET", "HEAD"]


@dataclass(frozen=True)
class File:
    """A file as it is sent: its type, and its bytes by content coding ("" as it is)."""

    kind: str
    bodies: Mapping[str, bytes]
    etag: str


@dataclass(frozen=True)
class Built:
    """One build: the page, and the files it names (their names change with their content)."""

    index: File
    assets: Mapping[str, File]


class Pages:
    """What is in the folder that GATEWAY_DASHBOARD_DIR names; it may be empty for now."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: tuple[tuple[int, int], Built] | None = None

    def step(self) -> str | None:
        """Where its building is: `packages`, `bundle`, `failed`, `ready`; None where nobody builds."""
        if self._folder is None:
            return None
        try:
            step = json.loads((self._folder / PROGRESS).read_bytes())["step"]
        except FileNotFoundError:
            return READY if (self._folder / INDEX).exists() else None
        return str(step)

    def current(self) -> Built | None:
        """The newest whole build, or None. Raises OSError."""
        if self._folder is None or self.step() != READY:
            return None
        index = self._folder / INDEX
        try:
            found = index.stat()
        except FileNotFoundError:
            return None
        mark = found.st_mtime_ns, found.st_ino
        if self._known is None or self._known[0] != mark:
            names = (path for path in (self._folder / "assets").iterdir() if path.suffix not in (".br", ".gz"))
            self._known = mark, Built(_file(index), {path.name: _file(path) for path in names})
        return self._known[1]


def _file(path: Path) -> File:
    bodies = {"": path.read_bytes()}
    for coding, suffix in _ENCODINGS:
        packed = path.with_name(path.name + suffix)
        if packed.exists():
            bodies[coding] = packed.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith("javascript")
    etag = f'"{hashlib.sha256(bodies[""]).hexdigest()[:32]}"'
    return File(f"{kind}; charset=utf-8" if text else kind, bodies, etag)


def mount(
    app: FastAPI,
    pages: Pages,
    status: Callable[[Request], Awaitable[Response]],
    identity: Identity,
    exchange: Exchange,
    limits: Limits,
    begun: Callable[[], bool],
) -> None:
    """Adds the routes. `status` answers the status page; `begun`: whether there is anybody yet who could log in."""

    async def page(request: Request) -> Response:
        limits.anonymous.take(address_of(request.scope))
        built = pages.current()
        if built is None or not begun():
            if request.url.path == "/":
                return await status(request)
            return RedirectResponse("/", 303, headers={"cache-control": "no-store"})
        if not await known(request):
            back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            there = "/login" if back == "/" else f"/login?next={quote(back, safe='/')}"
            return RedirectResponse(there, 303, headers={"cache-control": "no-store"})
        return _sent(request, built.index, "no-cache")

    async def known(request: Request) -> bool:
        """Whether somebody is logged in. A service that is away is no reason to log in again: the page says it."""
        try:
            return await exchange.principal(await identity.account_of(request.scope)) is not None
        except Problem as problem:
            return problem.kind is not problems.UNAUTHENTICATED

    @app.api_route("/", methods=_METHODS, include_in_schema=False, dependencies=[OPEN])
    @app.api_route("/app", methods=_METHODS, include_in_schema=False, dependencies=[OPEN])
    @app.api_route("/app/{rest:path}", methods=_METHODS, include_in_schema=False, dependencies=[OPEN])
    async def of_the_dashboard(request: Request) -> Response:
        """Which page it is the script in it reads from the address."""
        return await page(request)

    nothing_there = app.router.default

    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        """Whoever follows a wrong link in a browser is told so by a page, with the way back; programs by a problem."""
        request = Request(scope, receive)
        if request.method not in _METHODS or "text/html" not in request.headers.get("accept", ""):
            await nothing_there(scope, receive, send)
            return
        answer = await page(request)
        if answer.status_code == 200:
            answer.status_code = 404
        await answer(scope, receive, send)

    app.router.default = elsewhere

    @app.api_route("/assets/{name}", methods=_METHODS, include_in_schema=False, dependencies=[OPEN])
    async def asset(request: Request, name: str) -> Response:
        """Public: they hold nothing of anybody's."""
        limits.files.take(address_of(request.scope))
        built = pages.current()
        if built is None or name not in built.assets:
            raise Problem(problems.NOT_FOUND)
        return _sent(request, built.assets[name], _FOREVER)


def _sent(request: Request, file: File, cache: str) -> Response:
    headers = {"cache-control": cache, "etag": file.etag, "vary": "accept-encoding"}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    coding = next((name for name, _ in _ENCODINGS if name in accepted and name in file.bodies), "")
    if coding:
        headers["content-encoding"] = coding
    return Response(file.bodies[coding], media_type=file.kind, headers=headers)
