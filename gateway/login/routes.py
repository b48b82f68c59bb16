"""The browser's way: `/login` to the provider, `/login/callback` back with a code, `/logout`; and `/me`."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from pathlib import Path

import jinja2
import structlog
from fastapi import Depends, FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.exchange import Exchange
from gateway.identity import Identity, LoggedIn, of_this_site, unauthenticated
from gateway.limits import Limits, address_of
from gateway.login.provider import LoginRefusedError, Provider, ProviderAwayError
from gateway.login.sessions import LIFE, UNDER_WAY_LIFE, Cookies, Session, UnderWay
from shared import problems
from shared.callers import OPEN
from shared.clock import utc_now
from shared.problems import Problem
from shared.web import json_response

CALLBACK = "/login/callback"
_NO_STORE = {"cache-control": "no-store"}
_LONGEST_NEXT = 1_000

log = structlog.get_logger()


def mount(
    app: FastAPI,
    provider: Provider,
    cookies: Cookies,
    exchange: Exchange,
    identity: Identity,
    limits: Limits,
    own_address: Callable[[Request], str],
) -> None:
    """`own_address` is the gateway's own as the browser knows it, without a slash at its end."""
    pages = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parents[1] / "templates"), autoescape=True)
    message = pages.get_template("login_message.html")

    def page(request: Request, status: int, **said: str) -> Response:
        english = problems.wants_english(request.headers.get("accept-language"))
        headers = _NO_STORE | {"content-language": "en" if english else "vi"}
        return HTMLResponse(message.render(**said, english=english), status, headers)

    def say(request: Request, what: str, status: int, account: str = "") -> Response:
        response = page(request, status, what=what, account=account)
        response.headers.append("set-cookie", cookies.clear(cookies.under_way))
        return response

    @app.get("/login", include_in_schema=False, dependencies=[OPEN])
    async def begin(request: Request, next: str = "/") -> Response:  # noqa: A002  # the usual word
        """To the provider; what its answer must match stays in the browser, sealed."""
        limits.anonymous.take(address_of(request.scope))
        under_way = UnderWay(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=own_address(request) + CALLBACK,
            next=next if _is_ours(next) else "/",
            ends=utc_now() + UNDER_WAY_LIFE,
        )
        try:
            response = RedirectResponse(await provider.authorize_url(under_way), 303, headers=_NO_STORE)
        except ProviderAwayError:
            log.warning("login_failed", step="authorize", fault="the provider is away")
            return say(request, "away", 503)
        response.headers.append("set-cookie", cookies.set(cookies.under_way, under_way, UNDER_WAY_LIFE))
        return response

    @app.get(CALLBACK, include_in_schema=False, dependencies=[OPEN])
    async def back(request: Request, code: str = "", state: str = "") -> Response:
        """A session for whom the provider vouches and roster knows."""
        limits.anonymous.take(address_of(request.scope))
        under_way = cookies.under_way_of(request.scope["headers"], utc_now())
        if under_way is None or not hmac.compare_digest(state.encode(), under_way.state.encode()) or not code:
            return say(request, "again", 400)
        try:
            account = await provider.account(code, under_way, utc_now())
        except LoginRefusedError as fault:
            log.warning("login_failed", step="code", fault=str(fault))
            return say(request, "again", 400)
        except ProviderAwayError:
            log.warning("login_failed", step="code", fault="the provider is away")
            return say(request, "away", 503)
        if await exchange.principal(account) is None:
            return say(request, "unknown", 403, account)
        response = RedirectResponse(under_way.next, 303, headers=_NO_STORE)
        session = Session(account=account, ends=utc_now() + LIFE)
        response.headers.append("set-cookie", cookies.set(cookies.session, session, LIFE))
        response.headers.append("set-cookie", cookies.clear(cookies.under_way))
        return response

    @app.post("/logout", include_in_schema=False, dependencies=[OPEN])
    async def leave(request: Request) -> Response:
        """Ends the session here and at the provider, where a page leads: a redirect would be refused (security.py)."""
        limits.anonymous.take(address_of(request.scope))
        if not of_this_site(request.scope):
            raise Problem(problems.FORBIDDEN)
        try:
            there = await provider.end_url(own_address(request) + "/")
        except ProviderAwayError:
            there = None  # ours ends all the same
        if there is None:
            response: Response = RedirectResponse("/", 303, headers=_NO_STORE)
        else:
            response = page(request, 200, what="leaving", there=there)
        response.headers.append("set-cookie", cookies.clear(cookies.session))
        return response

    @app.get("/me", summary="Who is logged in, and what they may do")
    async def me(account: str = Depends(LoggedIn(identity, limits))) -> Response:
        principal = await exchange.principal(account)
        if principal is None:
            raise unauthenticated()
        return json_response(principal, headers=_NO_STORE)


def _is_ours(place: str) -> bool:
    """A path of this site: neither `//elsewhere` nor `/\\elsewhere`, which browsers take for an address."""
    return (
        0 < len(place) <= _LONGEST_NEXT
        and place.startswith("/")
        and not place.startswith(("//", "/\\"))
        and place.isprintable()
        and place.isascii()
    )
