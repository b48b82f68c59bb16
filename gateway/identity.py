"""Who a request speaks for: an access token's account, or that of a log-in's cookie."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jwt import JWTClaimsRegistry
from starlette.requests import Request
from starlette.types import Scope

from gateway.limits import Limits, address_of
from gateway.login.configuration import AUDIENCE as AUDIENCE
from gateway.login.keys import Keys, KeysAwayError
from gateway.login.provider import LoginRefusedError, ProviderAwayError, account_in
from gateway.login.sessions import Cookies
from gateway.proxy import unavailable
from shared import problems
from shared.callers import Declares, refuse_unknown_query
from shared.clock import utc_now
from shared.identity import Over, Role, Rule
from shared.problems import Problem
from shared.tokens import BadTokenError

LOGGED_IN = Rule("session.use", frozenset(Role), Over.ROLE)
"""Whoever is logged in. What she may do a service decides, whose answer the gateway passes on."""
_REMEMBERED = 10_000
_LONGEST_TOKEN = 8 * 1024
_HEADER_MEMBERS = {"alg", "typ", "kid"}
_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")


class AccessTokens:
    """Verifies access tokens of one issuer, strictly (RFC 9068): its algorithms, its keys, its name, our audience."""

    def __init__(
        self,
        issuer: str,
        keys: Keys,
        *,
        algorithms: Sequence[str] = ("ES256",),
        types: Sequence[str] = ("at+jwt",),
        account_claim: str = "sub",
    ) -> None:
        """`types`: what the header may call itself; many providers write plain `JWT`. An ID token, whose audience is
        the client, is refused by ours."""
        self._keys = keys
        self._algorithms = list(algorithms)
        self._types = types
        self._account_claim = account_claim
        self._claims = JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def account(self, token: str, now: datetime) -> str:
        """The account (lower case) a token speaks for. Raises BadTokenError, the same whatever the cause; Problem 503
        where the issuer's keys were never read and it is away."""
        known = self._known.get(token)
        if known is not None and known[0] > now.timestamp():
            return known[1]
        try:
            decoded = jwt.decode(token, await self._key_of(token), algorithms=self._algorithms)
            self._claims.validate(decoded.claims)
            if not isinstance(decoded.claims["iss"], str) or decoded.claims.get("typ") in ("ID", "Refresh"):
                raise BadTokenError("kind")
            account, ends = account_in(decoded.claims, self._account_claim), float(decoded.claims["exp"])
        except (JoseError, LoginRefusedError, ValueError, TypeError, KeyError, OverflowError, RecursionError) as fault:
            raise BadTokenError(type(fault).__name__) from None
        except (ProviderAwayError, KeysAwayError):
            raise unavailable() from None
        self._known[token] = (ends, account)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return account

    async def _key_of(self, token: str) -> Key:
        header: Mapping[str, Any] = jws.extract_compact(token.encode()).headers()
        if header.keys() - _HEADER_MEMBERS or header.get("typ") not in self._types:
            raise BadTokenError("header")  # no jku, jwk or x5u; nor a token of another kind
        key = await self._keys.find(header.get("kid"))
        if key is None:
            raise BadTokenError("kid")
        return key


class Identity:
    """Who a request speaks for: by its access token, or by the cookie of a log-in where there is none.

    Without a verifier of tokens (no issuer is set up) no token gets in.
    """

    def __init__(self, access: AccessTokens | None, cookies: Cookies) -> None:
        self._access = access
        self._cookies = cookies

    async def account_of(self, scope: Scope) -> str:
        """The account. Raises Problem 401 with the same body whatever the cause, 403 where a page of another site
        would have the browser's cookie do something."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        given = [value for name, value in headers if name == b"authorization"]
        if not given:
            return self._by_cookie(scope)
        if self._access is None or len(given) != 1 or len(given[0]) > _LONGEST_TOKEN:
            raise unauthenticated()
        bearer = _BEARER.fullmatch(given[0])
        if bearer is None:
            raise unauthenticated()
        try:
            return await self._access.account(bearer[1].decode(), utc_now())
        except BadTokenError:
            raise unauthenticated() from None

    def _by_cookie(self, scope: Scope) -> str:
        session = self._cookies.session_of(scope["headers"], utc_now())
        if session is None:
            raise unauthenticated()
        if scope["method"] not in ("GET", "HEAD") and not of_this_site(scope):
            raise Problem(problems.FORBIDDEN)
        return session.account


@dataclass(frozen=True)
class LoggedIn(Declares):
    """Whose call it is, within her rate; and the dependency of the gateway's own routes that asks it."""

    identity: Identity
    limits: Limits
    rules: tuple[Rule, ...] = (LOGGED_IN,)

    async def account_of(self, scope: Scope) -> str:
        """The account. Raises Problem 401, 403; 429 past the account's rate, or past the address's of who is nobody: a
        guess at a token costs as much as a look at a public page."""
        try:
            account = await self.identity.account_of(scope)
        except Problem as problem:
            if problem.kind is problems.UNAUTHENTICATED:
                self.limits.anonymous.take(address_of(scope))
            raise
        self.limits.principals.take(account)
        return account

    async def __call__(self, request: Request) -> str:
        account = await self.account_of(request.scope)
        refuse_unknown_query(request)
        return account


def of_this_site(scope: Scope) -> bool:
    """Whether a page of ours sent it, by what no page can forge: Sec-Fetch-Site, else Origin against Host."""
    headers = dict(scope["headers"])
    fetched = headers.get(b"sec-fetch-site")
    if fetched is not None:
        return bool(fetched == b"same-origin")
    origin, host = headers.get(b"origin"), headers.get(b"host")
    return origin is not None and host is not None and bool(origin.partition(b"://")[2] == host)


def unauthenticated() -> Problem:
    """401, the same for a missing, bad, expired token and for an account that is gone."""
    return Problem(problems.UNAUTHENTICATED, headers={"www-authenticate": 'Bearer realm="bdtx"'})
