"""The keys an issuer signs with: of a file, or published and rotated."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

log = structlog.get_logger()

AGAIN_AFTER_S = 30.0
"""A strange key id makes us ask the issuer at most so often: ten thousand of them are one request."""
FRESH_S = 600.0
"""Keys are asked for anew after so long, so that one that was withdrawn is not trusted for ever."""


class Keys(Protocol):
    """Where the key of a token is looked for."""

    async def find(self, kid: object) -> Key | None:
        """The key of this id; None where the issuer has no such key for signatures."""


class KeysAwayError(Exception):
    """The issuer was asked a moment ago and no keys came."""


class FixedKeys:
    """Keys that never change while the process runs."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = {key.kid: key for key in keys.keys}

    async def find(self, kid: object) -> Key | None:
        """See Keys."""
        return self._keys.get(kid) if isinstance(kid, str) else None


class PublishedKeys:
    """An issuer's JWKS. A key id that is not known is looked for once more, at most every 30 s.

    Keys once read go on serving while the issuer is away (F-22 of the chaos list: valid tokens go on).
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[dict[str, Any]]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`fetch` answers the JWKS document; it may raise anything of `asyncio`, `aiohttp` and OSError's kind."""
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._asked_at: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, kid: object) -> Key | None:
        """See Keys. With no keys at all it raises what `fetch` raises, then KeysAwayError until the next try."""
        if not isinstance(kid, str):
            return None
        if kid not in self._keys or self._older_than(FRESH_S):
            async with self._lock:
                if (kid not in self._keys and self._older_than(AGAIN_AFTER_S)) or self._older_than(FRESH_S):
                    await self._read()
        if not self._keys:
            raise KeysAwayError
        return self._keys.get(kid)

    def _older_than(self, seconds: float) -> bool:
        return self._asked_at is None or self._clock() - self._asked_at >= seconds

    async def _read(self) -> None:
        self._asked_at = self._clock()
        try:
            found = _signing_keys(await self._fetch())
        except Exception as fault:
            log.warning("keys_not_read", fault=type(fault).__name__)
            if not self._keys:
                raise
            return
        if found:
            self._keys = found
        else:
            log.warning("keys_not_read", fault="none for signatures")


def _signing_keys(document: dict[str, Any]) -> dict[str, Key]:
    """By id. A key for encryption (Keycloak publishes one) is none of ours; one we cannot read is left out."""
    found: dict[str, Key] = {}
    for one in document["keys"]:
        if one.get("use", "sig") != "sig" or not isinstance(one.get("kid"), str) or one.get("kty") == "oct":
            continue
        try:
            found[one["kid"]] = KeySet.import_key_set({"keys": [one]}).keys[0]
        except (JoseError, ValueError):
            continue
    return found
