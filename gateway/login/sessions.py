"""Cookies: who is logged in, and a log-in that is under way. Encrypted and authenticated; nothing is kept here.

A session lives for eight hours whatever happens; what its account may do is asked of roster every minute, so a role
that ends is gone at once. A session that must end before its time is ended by ending the account's grants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

LIFE: Final = timedelta(hours=8)
UNDER_WAY_LIFE: Final = timedelta(minutes=10)
_LONGEST = 4_000
_HEADER = {"alg": "dir", "enc": "A256GCM"}

Content = TypeVar("Content", bound=msgspec.Struct)


class Session(msgspec.Struct, frozen=True, tag="session"):
    """A log-in."""

    account: str
    ends: datetime


class UnderWay(msgspec.Struct, frozen=True, tag="under_way"):
    """Between `/login` and the callback: what the provider's answer must match, and where to go then."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    next: str
    ends: datetime


class Cookies:
    """Writes and reads both kinds. In production they are bound to this host and to https."""

    def __init__(self, keys: Callable[[], Sequence[OctKey]], *, secure: bool) -> None:
        """`keys` as of now: the first one seals, every one opens."""
        prefix = "__Host-" if secure else ""
        self.session = f"{prefix}bdtx_session"
        self.under_way = f"{prefix}bdtx_login"
        self._keys = keys
        self._secure = "; Secure" if secure else ""

    def set(self, name: str, content: Session | UnderWay, life: timedelta) -> str:
        """The value of a Set-Cookie header. Lax, for the provider sends the browser back by a link."""
        sealed = jwe.encrypt_compact(dict(_HEADER), msgspec.json.encode(content), self._keys()[0])
        return f"{name}={sealed}; Path=/; Max-Age={int(life.total_seconds())}; HttpOnly; SameSite=Lax{self._secure}"

    def clear(self, name: str) -> str:
        """The same, to forget it."""
        return f"{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{self._secure}"

    def session_of(self, headers: list[tuple[bytes, bytes]], now: datetime) -> Session | None:
        """The session of a request; None where there is none, a bad or an old one."""
        return self._read(headers, self.session, Session, now)

    def under_way_of(self, headers: list[tuple[bytes, bytes]], now: datetime) -> UnderWay | None:
        """The log-in a request belongs to."""
        return self._read(headers, self.under_way, UnderWay, now)

    def _read(
        self, headers: list[tuple[bytes, bytes]], name: str, kind: type[Content], now: datetime
    ) -> Content | None:
        sealed = _value(headers, name)
        if sealed is None or len(sealed) > _LONGEST:
            return None
        for key in self._keys():
            content = _opened(sealed, key, kind)
            if content is not None:
                return content if content.ends > now else None  # type: ignore[attr-defined]
        return None


def _opened(sealed: str, key: OctKey, kind: type[Content]) -> Content | None:
    try:
        opened = jwe.decrypt_compact(sealed, key, algorithms=list(_HEADER.values()))
        return msgspec.json.decode(opened.plaintext or b"", type=kind)
    except (JoseError, ValueError, TypeError, msgspec.DecodeError):
        return None


def _value(headers: list[tuple[bytes, bytes]], name: str) -> str | None:
    """Of the first cookie of this name. The others are not looked at: another site of the domain may set odd ones."""
    for header, line in headers:
        if header == b"cookie":
            for one in line.decode("latin-1").split(";"):
                given, _, value = one.strip().partition("=")
                if given == name:
                    return value
    return None
