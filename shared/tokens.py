"""Internal tokens: minted by the gateway, verified by every service itself with keys of a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from joserfc.jwt import JWTClaimsRegistry

from shared.identity import Principal
from shared.kept_file import KeptFile

ISSUER = "bdtx-gateway"
LIFE = timedelta(minutes=5)
_ALGORITHMS = ["ES256"]


class BadTokenError(Exception):
    """The token is not ours, not for us, or no longer valid. The answer is the same whatever the cause."""


def mint(principal: Principal, audience: str, key: ECKey, now: datetime) -> str:
    """An internal token for one service, valid for five minutes of real time."""
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "sub": principal.account,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFE).timestamp()),
        "bdtx": msgspec.to_builtins(principal),
    }
    return jwt.encode({"alg": "ES256", "kid": str(key.kid), "typ": "at+jwt"}, claims, key, algorithms=_ALGORITHMS)


class Verifier:
    """Checks internal tokens with the gateway's public keys, kept in a file that is read again when it changes.

    A file that cannot be used keeps the keys of the last good one.
    """

    _REMEMBERED = 4_096

    def __init__(self, jwks_file: Path, audience: str) -> None:
        self._file = jwks_file
        self._claims = JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._keys: KeptFile[KeySet] | None = None
        self._generation = 0
        self._known: dict[str, tuple[float, Principal]] = {}

    def verify(self, token: str, now: datetime) -> Principal:
        """The principal of a token. Raises BadTokenError. A token that was checked is remembered until it ends."""
        keys = self._current_keys()  # first: what a key vouched for that is gone is forgotten with it
        known = self._known.get(token)
        if known is not None and known[0] > now.timestamp():
            return known[1]
        try:
            decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
            self._check(decoded.header, decoded.claims)
            principal = msgspec.convert(decoded.claims["bdtx"], Principal)
        except (JoseError, ValueError, TypeError, KeyError, msgspec.ValidationError) as fault:
            raise BadTokenError(type(fault).__name__) from None
        if len(self._known) >= self._REMEMBERED:
            self._known.clear()
        self._known[token] = (float(decoded.claims["exp"]), principal)
        return principal

    def _check(self, header: Mapping[str, Any], claims: dict[str, Any]) -> None:
        if header.get("typ") != "at+jwt" or not isinstance(claims.get("iss"), str):
            raise BadTokenError("not an internal token")
        self._claims.validate(claims)

    def _current_keys(self) -> KeySet:
        if self._keys is None:
            self._keys = KeptFile("INTERNAL_JWKS_FILE", self._file, _read_key_set)
        keys = self._keys.value
        if self._keys.generation != self._generation:
            self._generation = self._keys.generation
            self._known.clear()
        return keys


def _read_key_set(file: Path) -> KeySet:
    """Public keys, each with an id. Raises ValueError where there is none: that would shut everybody out."""
    keys = KeySet.import_key_set(msgspec.json.decode(file.read_bytes()))
    if not keys.keys:
        raise ValueError("no key")
    return keys


def load_signing_key(file: Path) -> ECKey:
    """The gateway's private key (a JWK with a kid)."""
    return ECKey.import_key(msgspec.json.decode(file.read_bytes()))
