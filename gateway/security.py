"""The security headers, on every answer whoever made it; a page that sets one itself (a stricter policy) keeps its
own."""

from __future__ import annotations

from typing import Final

from starlette.types import Message, Send

Header = tuple[bytes, bytes]

POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; worker-src 'self' blob:"
)
"""Nothing from third parties; scripts from files of ours only (a page with its own script sets its hash itself). A
worker may be made of a script's own text: what packs a long table into a workbook does so beside the page.

Forms go to us alone, and in Chromium so does every redirect that answers one: a form whose answer leads elsewhere
(`/logout`, to the identity provider) is answered with a page that goes on by itself."""

ALWAYS: Final[tuple[Header, ...]] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Others learn nothing of our addresses. Not `no-referrer`, which makes browsers send our own forms with
    # `Origin: null`: over plain HTTP, where they send no Sec-Fetch-Site, nobody could log out (gateway/identity.py).
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
STRICT_TRANSPORT: Final[Header] = (b"strict-transport-security", b"max-age=31536000")
NAMES: Final = frozenset(name for name, _ in (*ALWAYS, STRICT_TRANSPORT))
"""Not handed back from a service: what the public sees is decided here."""


def secured(send: Send, *, strict_transport: bool) -> Send:
    """Sends with the headers that the answer does not set itself."""
    ours = (*ALWAYS, STRICT_TRANSPORT) if strict_transport else ALWAYS

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            there = {name for name, _ in headers}
            message["headers"] = [*headers, *(row for row in ours if row[0] not in there)]
        await send(message)

    return with_headers
