"""The identity provider: found by discovery, asked for codes' tokens, believed only as far as they are proven."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry
from pydantic import SecretStr

from gateway.login.keys import Keys, KeysAwayError, PublishedKeys
from gateway.login.sessions import UnderWay

ALGORITHMS = ("ES256", "PS256", "RS256")
_PATIENCE = aiohttp.ClientTimeout(total=5)
_LARGEST = 256 * 1024
_FAULTS = (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError, KeyError, TypeError, ValueError)


class LoginRefusedError(Exception):
    """The provider's answer proves nobody; the message says which step failed, for a log, and names no person."""


class ProviderAwayError(Exception):
    """The provider did not answer, or not in its own protocol."""


class Provider(Protocol):
    """What `/login` needs of whoever vouches for people."""

    async def authorize_url(self, under_way: UnderWay) -> str:
        """Where the browser goes to log in. Raises ProviderAwayError."""

    async def account(self, code: str, under_way: UnderWay, now: datetime) -> str:
        """Whose code it is. Raises LoginRefusedError, ProviderAwayError."""

    async def end_url(self, back: str) -> str | None:
        """Where the browser goes to end the provider's own session too."""


class OpenIdProvider:
    """An OpenID provider by its issuer's address (OpenID Connect Discovery 1.0, RFC 6749, RFC 7636)."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: SecretStr, account_claim: str, session: aiohttp.ClientSession
    ) -> None:
        self.issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._account_claim = account_claim
        self._session = session
        self._known: dict[str, Any] | None = None
        self.keys: Keys = PublishedKeys(self._jwks)
        self._claims = JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": self.issuer},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )

    async def authorize_url(self, under_way: UnderWay) -> str:
        """See Provider."""
        digest = hashlib.sha256(under_way.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": under_way.redirect_uri,
            "scope": "openid email profile",
            "state": under_way.state,
            "nonce": under_way.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return _with_query(str((await self._discovered())["authorization_endpoint"]), asked)

    async def account(self, code: str, under_way: UnderWay, now: datetime) -> str:
        """See Provider."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": under_way.redirect_uri,
            "code_verifier": under_way.verifier,
        }
        endpoint = str((await self._discovered())["token_endpoint"])
        # RFC 6749, 2.3.1: both are form-encoded first.
        proof = aiohttp.encode_basic_auth(quote(self._client_id), quote(self._client_secret.get_secret_value()))
        try:
            async with self._session.post(
                endpoint,
                data=form,
                headers={"authorization": proof, "content-type": "application/x-www-form-urlencoded"},
                timeout=_PATIENCE,
                allow_redirects=False,
            ) as answer:
                content = await _whole(answer)
                if 400 <= answer.status < 500:
                    raise LoginRefusedError("the code was refused")
                if answer.status != 200:
                    raise ProviderAwayError
                token = str(msgspec.json.decode(content)["id_token"])
        except _FAULTS:
            raise ProviderAwayError from None
        return await self._account_of(token, under_way.nonce)

    async def end_url(self, back: str) -> str | None:
        """See Provider."""
        endpoint = (await self._discovered()).get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return None
        return _with_query(endpoint, {"client_id": self._client_id, "post_logout_redirect_uri": back})

    async def _account_of(self, token: str, nonce: str) -> str:
        """Of an ID token (OpenID Connect Core 3.1.3.7)."""
        try:
            key = await self.keys.find(jws.extract_compact(token.encode()).headers().get("kid"))
            if key is None:
                raise LoginRefusedError("the ID token's key is not the provider's")
            claims = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
            self._claims.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as fault:
            raise LoginRefusedError(f"ID token: {type(fault).__name__}") from None
        except (KeysAwayError, aiohttp.ClientError, TimeoutError, OSError):
            raise ProviderAwayError from None
        if not isinstance(claims["iss"], str) or claims.get("nonce") != nonce or not self._is_for_us(claims):
            raise LoginRefusedError("ID token: nonce, issuer or audience")
        return account_in(claims, self._account_claim)

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        for_whom = claims.get("aud")
        several = for_whom if isinstance(for_whom, list) else [for_whom]
        if claims.get("azp") not in (None, self._client_id):
            return False
        return self._client_id in several and (len(several) == 1 or claims.get("azp") == self._client_id)

    async def _discovered(self) -> dict[str, Any]:
        if self._known is None:
            found = await self._read(f"{self.issuer}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer or "S256" not in found.get("code_challenge_methods_supported", ()):
                raise ProviderAwayError
            self._known = found
        return self._known

    async def _jwks(self) -> dict[str, Any]:
        return await self._read(str((await self._discovered())["jwks_uri"]))

    async def _read(self, url: str) -> dict[str, Any]:
        try:
            async with self._session.get(url, timeout=_PATIENCE, allow_redirects=False) as answer:
                answer.raise_for_status()
                content = await _whole(answer)
                return msgspec.json.decode(content, type=dict[str, Any])
        except _FAULTS:
            raise ProviderAwayError from None


def _with_query(endpoint: str, asked: dict[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """All of a body, which may come in pieces. Raises ValueError past the limit."""
    content = b""
    async for piece in answer.content.iter_any():
        content += piece
        if len(content) > _LARGEST:
            raise ValueError("too large")
    return content


def account_in(claims: dict[str, Any], claim: str) -> str:
    """The account a token's claims name, lower case. An address counts only where the provider has verified it.

    Raises LoginRefusedError.
    """
    account = claims.get(claim)
    if not isinstance(account, str) or not 0 < len(account.strip()) <= 320:
        raise LoginRefusedError(f"no {claim}")
    if claim == "email" and claims.get("email_verified") is not True:
        raise LoginRefusedError("the address is not verified")
    return account.strip().lower()
