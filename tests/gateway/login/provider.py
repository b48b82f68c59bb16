"""An OpenID provider of the tests on a socket of its own, which can be told to misbehave in every way there is."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

CLIENT, SECRET = "bdtx-dashboard", "a secret of the tests"


def rsa(kid: str, use: str = "sig") -> RSAKey:
    """A key of the provider's."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": use, "alg": "RS256" if use == "sig" else "RSA-OAEP"})


async def _in_pieces(content: dict[str, str]) -> AsyncIterator[bytes]:
    """As it may come over a network."""
    whole = json.dumps(content).encode()
    for start in range(0, len(whole), 100):
        yield whole[start : start + 100]
        await asyncio.sleep(0.001)  # so that each is sent by itself


@dataclass
class Provider:
    """Logs `account` in without asking; `spoil` changes the claims of its ID tokens."""

    url: str = ""
    account: str = "so.01@longan.edu.vn"
    keys: list[RSAKey] = field(default_factory=lambda: [rsa("enc-1", "enc"), rsa("k1")])
    signer: RSAKey | None = None
    spoil: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    away: bool = False
    jwks_asked: int = 0
    left: int = 0
    """How many browsers came to end their session."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> ASGIApp:
        """Its routes."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._jwks),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/logout", self._logout),
            ]
        )

    def sign(self, claims: dict[str, Any]) -> str:
        """A token by the newest key, or by `signer`."""
        key = self.signer or self.keys[-1]
        header = {"alg": "RS256", "kid": key.kid, "typ": "JWT"} | self.header
        return jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, key, algorithms=["RS256"])

    def claims(self, audience: str, **more: Any) -> dict[str, Any]:
        """Of a token for this audience."""
        now = int(time.time())
        whose = {"sub": "f3b1", "email": self.account, "email_verified": True}
        return {"iss": self.url, "aud": audience, "iat": now, "exp": now + 300, **whose, **more, **self.spoil}

    async def _discovery(self, request: Request) -> Response:
        if self.away:
            return Response(status_code=503)
        return JSONResponse({
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "code_challenge_methods_supported": ["S256"],
        })  # fmt: skip

    async def _jwks(self, request: Request) -> Response:
        self.jwks_asked += 1
        if self.away:
            return Response(status_code=503)
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def _logout(self, request: Request) -> Response:
        self.left += 1
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 303)

    async def _token(self, request: Request) -> Response:
        if self.away:
            return Response(status_code=503)
        form = dict(parse_qsl((await request.body()).decode()))
        asked = self.codes.pop(form["code"], None)
        proof = base64.b64encode(f"{CLIENT}:{quote(SECRET)}".encode()).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proven = (
            asked is not None
            and request.headers.get("authorization") == f"Basic {proof}"
            and asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            and asked["redirect_uri"] == form["redirect_uri"]
        )
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        if not proven or asked is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        token = self.sign(self.claims(CLIENT, nonce=asked["nonce"]))
        return StreamingResponse(_in_pieces({"id_token": token, "token_type": "Bearer"}), media_type="application/json")
