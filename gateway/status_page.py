"""`/status` and `/status.json`: which services are ready, and the province's way from the roster to the certificate.

In local mode the report is the one the first sample province officer sees; elsewhere the caller's own, after log-in.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import jinja2
import msgspec
from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.exchange import Exchange
from gateway.identity import Identity, LoggedIn, unauthenticated
from gateway.limits import Limits, address_of
from gateway.local_issuer import read_accounts
from gateway.pages import READY, Pages
from gateway.proxy import Upstreams
from gateway.routes import Service
from shared.callers import OPEN
from shared.clock import utc_now
from shared.identity import Role
from shared.problems import Problem
from shared.web import json_response

KEPT_S = 2.0
_ASK_S = 4.0
_TEMPLATES = Path(__file__).parent / "templates"

STEPS: tuple[tuple[str, str, str, str], ...] = (
    ("with_account", "persons", "Có tài khoản học", "With an account"),
    ("logged_in", "persons", "Đã đăng nhập", "Logged in"),
    ("studying", "enrolments", "Đang và đã học", "Have studied"),
    ("submitted", "enrolments", "Đã nộp bài cuối khóa", "Final paper handed in"),
    ("graded", "enrolments", "Đã chấm xong", "Fully graded"),
    ("lms_met", "enrolments", "Hệ thống học tập: Đạt", "Met on the learning platform"),
    ("core_team_met", "enrolments", "Đội ngũ cốt cán: Đạt", "Met by the core team"),
    ("institution_met", "enrolments", "Cơ sở bồi dưỡng: Đạt", "Met by the institution"),
    ("approved", "enrolments", "Được công nhận", "Recognised"),
    ("certified", "enrolments", "Có giấy chứng nhận", "Certified"),
)
"""Figure, its denominator, and its name in Vietnamese and English, in the order of the course."""

SERVICE_NAMES = {
    Service.ROSTER: ("Danh sách", "Roster"),
    Service.GRADING: ("Kết quả", "Grading"),
    Service.CERTIFICATES: ("Giấy chứng nhận", "Certificates"),
    Service.REPORTING: ("Báo cáo", "Reporting"),
}


class Status:
    """Asks the services, at most every two seconds however many look."""

    def __init__(self, upstreams: Upstreams, exchange: Exchange) -> None:
        self._upstreams = upstreams
        self._exchange = exchange
        self._lock = asyncio.Lock()
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    async def of(self, account: str | None) -> dict[str, Any]:
        """The states, and the account's report where there is an account and reporting answers it."""
        key = account or ""
        async with self._lock:
            kept = self._kept.get(key)
            if kept is None or time.monotonic() - kept[0] > KEPT_S:
                self._kept = {k: v for k, v in self._kept.items() if time.monotonic() - v[0] < KEPT_S}
                self._kept[key] = kept = (time.monotonic(), await self._ask(account))
            return kept[1]

    async def _ask(self, account: str | None) -> dict[str, Any]:
        *states, report = await asyncio.gather(*(self._state(service) for service in Service), self._report(account))
        services = dict(zip((str(service) for service in Service), states, strict=True))
        return {
            "at": utc_now(),
            "ready": all(state == "ready" for state in states),
            "services": services,
            "report": report,
        }

    async def _state(self, service: Service) -> str:
        try:
            async with (
                asyncio.timeout(_ASK_S),
                self._upstreams.session.get(f"{self._upstreams.bases[service]}/readyz") as answer,
            ):
                return "ready" if answer.status == 200 else "starting"
        except (aiohttp.ClientError, TimeoutError, OSError):
            return "down"

    async def _report(self, account: str | None) -> dict[str, Any] | None:
        if account is None:
            return None
        try:
            token = await self._exchange.token(account, Service.REPORTING)
            if token is None:
                return None
            url = f"{self._upstreams.bases[Service.REPORTING]}/api/v1/reports/progress"
            headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
            async with asyncio.timeout(_ASK_S), self._upstreams.session.get(url, headers=headers) as answer:
                if answer.status != 200:
                    return None
                return msgspec.json.decode(await answer.read(), type=dict[str, Any])
        except (Problem, aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError):
            return None  # the page says which service is not ready


def watched_account(file: Path | None) -> str | None:
    """The first sample province officer; None as long as the file is not there."""
    try:
        return next((a.account for a in read_accounts(file) if a.role == Role.PROVINCE_OFFICER), None)
    except msgspec.DecodeError:
        return None


def dashboard_step(pages: Pages, watched: Path | None) -> str | None:
    """Where the dashboard is: a step of its building, `waiting` for the first accounts (local mode), `ready`, or None
    where this gateway serves none."""
    step = pages.step()
    return "waiting" if step == READY and watched is not None and watched_account(watched) is None else step


def view(status: dict[str, Any], *, english: bool) -> dict[str, Any]:
    """What the template shows: numbers in the language's own way, bars in percent of their denominator."""
    report = status["report"]
    figures: dict[str, int] = report["figures"] if report else {}
    steps = []
    for figure, of, vi, en in STEPS:
        value, whole = figures.get(figure, 0), figures.get(of, 0)
        share = 100 * value / whole if whole else 0.0
        steps.append({
            "figure": figure,
            "of": of,
            "name": en if english else vi,
            "value": grouped(value, english=english),
            "share": f"{share:.1f}" if english else f"{share:.1f}".replace(".", ","),
            "width": f"{share:.2f}",
        })  # fmt: skip
    return {
        "english": english,
        "province": report["unit"]["name"] if report else None,
        "ready": status["ready"],
        "dashboard": status["dashboard"],
        "services": [
            {"id": str(service), "name": SERVICE_NAMES[service][english], "state": status["services"][service]}
            for service in Service
        ],
        "totals": {
            name: grouped(figures.get(name, 0), english=english)
            for name in ("persons", "enrolments", "classes", "certified", "missing")
        },
        "steps": steps,
    }


def grouped(number: int, *, english: bool) -> str:
    """10.365 in Vietnamese, 10,365 in English."""
    return f"{number:,}" if english else f"{number:,}".replace(",", ".")


def mount(
    app: FastAPI,
    upstreams: Upstreams,
    exchange: Exchange,
    identity: Identity,
    limits: Limits,
    built: Pages,
    watched: Path | None,
) -> Callable[[Request], Awaitable[Response]]:
    """Adds the page and its data, and answers the page, which stands for the dashboard as long as there is none.

    `watched` is the file of sample accounts, in local mode only.
    """
    status = Status(upstreams, exchange)
    pages = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True)
    page = pages.get_template("status.html")
    script = (_TEMPLATES / "status.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'self'; script-src 'sha256-{digest}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )

    @app.get("/status", include_in_schema=False, dependencies=[OPEN])
    async def shown(request: Request) -> Response:
        limits.anonymous.take(address_of(request.scope))
        return await show(request)

    async def show(request: Request) -> Response:
        english = request.query_params.get("lang") == "en"
        found = await found_for(watched_account(watched) if watched is not None else await visitor(request))
        html = page.render(**view(found, english=english), script=script, local=watched is not None)
        headers = {
            "content-security-policy": policy,
            "content-language": "en" if english else "vi",
            "cache-control": "no-store",
        }
        return HTMLResponse(html, headers=headers)

    async def found_for(account: str | None) -> dict[str, Any]:
        return await status.of(account) | {"dashboard": dashboard_step(built, watched)}

    async def visitor(request: Request) -> str | None:
        """Whoever is logged in; the page is there for everyone."""
        try:
            account = await identity.account_of(request.scope)
            return account if await exchange.principal(account) is not None else None
        except Problem:
            return None

    @app.get(
        "/status.json",
        summary="Which services are ready, and the caller's progress report",
        dependencies=[OPEN if watched is not None else Depends(LoggedIn(identity, limits))],
    )
    async def data(request: Request) -> Response:
        if watched is not None:
            limits.anonymous.take(address_of(request.scope))
            account = watched_account(watched)
        else:
            account = await identity.account_of(request.scope)
            if await exchange.principal(account) is None:
                raise unauthenticated()
        return json_response(await found_for(account), headers={"cache-control": "no-store"})

    return show
