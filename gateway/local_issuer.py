"""The built-in issuer: access tokens for sample accounts. Mounted in local mode only; settings.py refuses its key
in any other."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from pydantic import Field
from starlette.responses import Response

from gateway.exchange import Exchange
from gateway.identity import AUDIENCE, AccessTokens
from gateway.login.keys import FixedKeys
from shared import problems
from shared.bodies import Body
from shared.callers import OPEN
from shared.clock import utc_now
from shared.problems import Problem
from shared.web import json_response

ISSUER = "bdtx-local"
LIFE = timedelta(hours=1)


class SampleAccount(msgspec.Struct, frozen=True):
    """One account of the file the launcher writes."""

    account: str
    role: str
    units: list[str] = msgspec.field(default_factory=list)


class _Accounts(msgspec.Struct, frozen=True):
    items: list[SampleAccount]


_read_accounts = msgspec.json.Decoder(_Accounts).decode


class TokenRequest(Body):
    """`POST /local/token`."""

    account: str = Field(min_length=1, max_length=320)


class LocalIssuer:
    """Signs access tokens with its own key."""

    def __init__(self, key: ECKey) -> None:
        self._key = key

    def access_tokens(self) -> AccessTokens:
        """The verifier of what this issuer signs."""
        return AccessTokens(ISSUER, FixedKeys(KeySet([self._key])))

    def issue(self, account: str, now: datetime) -> str:
        """An access token of one hour."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": account,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
        }
        header = {"alg": "ES256", "typ": "at+jwt", "kid": str(self._key.kid)}
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])


def read_accounts(file: Path | None) -> list[SampleAccount]:
    """The sample accounts; none where the file is not written yet. Raises msgspec.DecodeError."""
    if file is None or not file.exists():
        return []
    return _read_accounts(file.read_bytes()).items


def mount(app: FastAPI, issuer: LocalIssuer, exchange: Exchange, accounts_file: Path | None) -> None:
    """Adds the two local routes."""

    @app.get("/local/accounts", summary="Sample accounts of every role (local mode only)", dependencies=[OPEN])
    async def accounts() -> Response:
        return json_response({"items": read_accounts(accounts_file)})

    @app.post("/local/token", summary="An access token for a sample account (local mode only)", dependencies=[OPEN])
    async def token(asked: TokenRequest) -> Response:
        account = asked.account.strip().lower()
        if await exchange.principal(account) is None:
            raise Problem(problems.NOT_FOUND)
        content = {
            "access_token": issuer.issue(account, utc_now()),
            "token_type": "Bearer",
            "expires_in": int(LIFE.total_seconds()),
        }
        return json_response(content, headers={"cache-control": "no-store"})
