"""The built-in provider of local mode: a page with the sample accounts of every role in place of a password.

It exists in local mode only (settings.py refuses its key elsewhere). The way of a log-in is the same as with a real
provider, up to the proof of the code's challenge (RFC 7636).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import jinja2
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.local_issuer import read_accounts
from gateway.login.provider import LoginRefusedError
from gateway.login.sessions import UnderWay
from shared import problems
from shared.callers import OPEN
from shared.clock import utc_now
from shared.problems import Problem

CODE_LIFE = timedelta(seconds=60)
_AT_ONCE = 1_000
_TEMPLATES = Path(__file__).parents[1] / "templates"
_ASKED = ("state", "nonce", "code_challenge", "redirect_uri")

ROLE_NAMES = {
    "province_officer": ("Cán bộ Sở", "Province officer"),
    "department_leader": ("Lãnh đạo Sở", "Department leader"),
    "district_officer": ("Cán bộ Phòng", "District officer"),
    "school_head": ("Hiệu trưởng", "School head"),
    "core_teacher": ("Giáo viên cốt cán", "Core teacher"),
    "institution_lecturer": ("Giảng viên cơ sở bồi dưỡng", "Institution's lecturer"),
    "auditor": ("Thanh tra", "Auditor"),
    "learner": ("Người học", "Learner"),
    "operator": ("Vận hành", "Operator"),
    "vendor": ("Nhà cung cấp", "Vendor"),
}


@dataclass(frozen=True)
class _Code:
    account: str
    challenge: str
    nonce: str
    redirect_uri: str
    ends: datetime


class LocalProvider:
    """Gives a code for whichever sample account is chosen; a code works once."""

    def __init__(self) -> None:
        self._codes: dict[str, _Code] = {}

    async def authorize_url(self, under_way: UnderWay) -> str:
        """See Provider: a page of ours."""
        asked = {
            "state": under_way.state,
            "nonce": under_way.nonce,
            "code_challenge": challenge_of(under_way.verifier),
            "redirect_uri": under_way.redirect_uri,
        }
        return f"/local/authorize?{urlencode(asked)}"

    def code_for(self, account: str, asked: dict[str, str], now: datetime) -> str:
        """A code that only the browser which asked can use."""
        self._codes = {code: one for code, one in self._codes.items() if one.ends > now}
        if len(self._codes) >= _AT_ONCE:
            raise Problem(problems.TOO_MANY, headers={"retry-after": "60"})
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(
            account, asked["code_challenge"], asked["nonce"], asked["redirect_uri"], now + CODE_LIFE
        )
        return code

    async def account(self, code: str, under_way: UnderWay, now: datetime) -> str:
        """See Provider."""
        kept = self._codes.pop(code, None)
        if kept is None or kept.ends <= now:
            raise LoginRefusedError("the code is not known or was used")
        same = (
            hmac.compare_digest(kept.challenge, challenge_of(under_way.verifier))
            and kept.nonce == under_way.nonce
            and kept.redirect_uri == under_way.redirect_uri
        )
        if not same:
            raise LoginRefusedError("the code belongs to another log-in")
        return kept.account

    async def end_url(self, back: str) -> str | None:
        """See Provider: it keeps no session of its own."""
        return None


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a code verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def mount(
    app: FastAPI, provider: LocalProvider, accounts_file: Path | None, redirect_uri_of: Callable[[Request], str]
) -> None:
    """`GET /local/authorize` shows the accounts, `POST` takes the choice."""
    pages = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True)
    page = pages.get_template("local_login.html")

    def asked_of(request: Request, given: dict[str, str]) -> dict[str, str]:
        # Never a redirect to anywhere else: a code would leave with it.
        if any(not given.get(name) for name in _ASKED) or given["redirect_uri"] != redirect_uri_of(request):
            raise Problem(problems.BAD_REQUEST)
        return {name: given[name] for name in _ASKED}

    @app.get("/local/authorize", include_in_schema=False, dependencies=[OPEN])
    async def choose(request: Request, lang: str = "vi") -> Response:
        asked = asked_of(request, dict(request.query_params))
        accounts = sorted(read_accounts(accounts_file), key=lambda one: list(ROLE_NAMES).index(one.role))
        groups = [
            (ROLE_NAMES[role][lang == "en"], [one.account for one in members])
            for role, members in groupby(accounts, key=attrgetter("role"))
        ]
        html = page.render(groups=groups, asked=asked, english=lang == "en")
        return HTMLResponse(html, headers={"cache-control": "no-store"})

    @app.post("/local/authorize", include_in_schema=False, dependencies=[OPEN])
    async def chosen(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        asked = asked_of(request, form)
        account = form.get("account", "").strip().lower()
        if account not in {one.account.lower() for one in read_accounts(accounts_file)}:
            raise Problem(problems.NOT_FOUND)
        code = provider.code_for(account, asked, utc_now())
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 303, headers={"cache-control": "no-store"})
