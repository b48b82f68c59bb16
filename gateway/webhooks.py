"""`POST /webhooks/lms/{vendor}`: signature first (Standard Webhooks 1.0.0), then the raw body goes on to grading.

Whatever is wrong with a signature, its headers or its vendor, the answer is the same 401.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import msgspec
from starlette.types import Scope, Send

from gateway.bodies import Body
from gateway.exchange import Exchange
from gateway.limits import Limits, address_of
from gateway.proxy import Hop, Upstreams, unavailable
from gateway.routes import REQUEST_S, WEBHOOK_LIMIT, Service
from shared import problems
from shared.clock import utc_now
from shared.identity import Grant, Principal, Role
from shared.kept_file import KeptFile
from shared.problems import Problem

PREFIX = "/webhooks/lms/"
TOLERANCE_S = 300
SIGNATURES = 20
SECRET_BYTES = (24, 64)
HELD_AT_MOST = 64 * 1024 * 1024
"""A delivery is held in memory until its signature is checked: so many bytes of all deliveries together."""

_VENDOR = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ID = re.compile(rb"[\x21-\x2d\x2f-\x7e]{1,200}")  # printable ASCII; a dot would move the borders of what is signed
_TIMESTAMP = re.compile(rb"[1-9][0-9]{0,11}")
_SIGNATURES = re.compile(rb"[a-z0-9]{1,8},[A-Za-z0-9+/]{1,200}={0,2}(?: [a-z0-9]{1,8},[A-Za-z0-9+/]{1,200}={0,2})*")
_JSON = re.compile(rb"application/json\s*(?:;\s*charset=\"?utf-8\"?\s*)?", re.IGNORECASE)

_PASSED_ON = {b"content-type", b"webhook-id", b"x-with-server-date", b"accept-language"}


class WrongSecretsError(Exception):
    """The secrets file cannot be used; names the vendor at most, never a value."""


class Secrets:
    """Every live secret of every vendor."""

    def __init__(self, live: KeptFile[dict[str, list[bytes]]]) -> None:
        self._live = live
        self._nobody = [secrets.token_bytes(32)]

    def of(self, vendor: str) -> list[bytes]:
        """The vendor's, or one that nobody has: an unknown vendor is answered like a known one."""
        return self._live.value.get(vendor) or self._nobody


def read_secrets(file: Path) -> dict[str, list[bytes]]:
    """`{"viettel": ["whsec_…", …]}`. Raises WrongSecretsError, OSError."""
    try:
        raw = msgspec.json.decode(file.read_bytes(), type=dict[str, list[str]])
    except msgspec.DecodeError:
        raise WrongSecretsError("not a JSON object of lists of secrets") from None
    if not all(_VENDOR.fullmatch(vendor) for vendor in raw):
        raise WrongSecretsError("a vendor's name is of a-z, 0-9 and -")
    return {vendor: [_key(vendor, secret) for secret in given] for vendor, given in raw.items()}


def _key(vendor: str, secret: str) -> bytes:
    least, most = SECRET_BYTES
    try:
        key = base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False)
    except ValueError:
        key = b""
    if not secret.startswith("whsec_") or not least <= len(key) <= most:
        raise WrongSecretsError(f"a secret of {vendor} is not whsec_ and {least} to {most} bytes in base64")
    return key


@dataclass(frozen=True)
class SignedHeaders:
    """The three headers, of strict form."""

    id: str
    timestamp: str
    signatures: str


def signed_headers(headers: list[tuple[bytes, bytes]], now: float) -> SignedHeaders | None:
    """Exactly one of each, of strict form and fresh by the real clock (POSIX seconds); else None."""
    found = []
    for wanted in (b"webhook-id", b"webhook-timestamp", b"webhook-signature"):
        values = [value for name, value in headers if name == wanted]
        if len(values) != 1:
            return None
        found.append(values[0])
    id_, timestamp, signatures = found
    if not (_ID.fullmatch(id_) and _TIMESTAMP.fullmatch(timestamp)) or abs(now - int(timestamp)) > TOLERANCE_S:
        return None
    if signatures.count(b" ") >= SIGNATURES or not _SIGNATURES.fullmatch(signatures):
        return None
    return SignedHeaders(id_.decode(), timestamp.decode(), signatures.decode())


def verified(keys: list[bytes], signed: SignedHeaders, body: bytes) -> bool:
    """Whether any live secret signed these bytes, also those of no text: they are grading's to refuse and keep."""
    content = f"{signed.id}.{signed.timestamp}.".encode() + body
    given = [one.removeprefix("v1,") for one in signed.signatures.split(" ") if one.startswith("v1,")]
    expected = [base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys]
    return any(hmac.compare_digest(one, right) for one in given for right in expected)


class Webhooks:
    """The route, as bare ASGI."""

    def __init__(self, live: Secrets, exchange: Exchange, upstreams: Upstreams, limits: Limits) -> None:
        self._live = live
        self._exchange = exchange
        self._upstreams = upstreams
        self._limits = limits
        self._held = 0

    async def deliver(self, scope: Scope, body: Body, send: Send) -> None:
        """Raises Problem 401, 405, 413, 415, 429, 503, 504; else the answer is grading's own."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if scope["method"] != "POST":
            raise Problem(problems.METHOD_NOT_ALLOWED, headers={"allow": "POST"})
        _demand_plain_json(headers)
        address = address_of(scope)
        self._limits.bad_signatures.demand(address)
        body.refuse_declared()
        signed = signed_headers(headers, utc_now().timestamp())
        if signed is None:
            raise self._refused(address)
        vendor = scope["path"].removeprefix(PREFIX)
        room = body.declared if body.declared is not None else WEBHOOK_LIMIT
        if self._held + room > HELD_AT_MOST:
            raise unavailable()
        self._held += room
        try:
            content = await body.whole(REQUEST_S)
            if not verified(self._live.of(vendor), signed, content):
                raise self._refused(address)
            self._limits.sources.take(vendor)
            token = self._exchange.own_token(_vendor(vendor), Service.GRADING)
            hop = Hop(Service.GRADING, "POST", f"/internal/deliveries/{vendor}", REQUEST_S, token, repeatable=True)
            passed_on = [(name, value) for name, value in headers if name in _PASSED_ON]
            await self._upstreams.forward(hop, {**scope, "headers": passed_on}, body, content, send)
        finally:
            self._held -= room

    def _refused(self, address: str) -> Problem:
        self._limits.bad_signatures.spend(address)
        return Problem(problems.UNAUTHENTICATED)


def _vendor(name: str) -> Principal:
    return Principal(account=f"vendor:{name}", source=name, grants=[Grant(role=Role.VENDOR)])


def _demand_plain_json(headers: list[tuple[bytes, bytes]]) -> None:
    types = [value for name, value in headers if name == b"content-type"]
    encoded = [value for name, value in headers if name == b"content-encoding"]
    if encoded or len(types) != 1 or not _JSON.fullmatch(types[0]):
        raise Problem(problems.UNSUPPORTED_MEDIA, headers={"accept": "application/json"})
