"""The version of a read: the same as long as it says the same, whenever and in whatever form it is asked for.

It travels as a weak ETag (RFC 9110, 8.8.3): who asks again with If-None-Match is answered 304 while nothing has moved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from fastapi import Request

_JSON = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def version_of(document: Mapping[str, Any], *, without: Collection[str] = ()) -> str:
    """32 hex digits of the content, save the members of `without` (an instant of reading, say)."""
    content = {name: value for name, value in document.items() if name not in without}
    return hashlib.sha256(_JSON.encode(content)).hexdigest()[:32]


def headers_of(version: str) -> dict[str, str]:
    """What goes with the answer: to be asked again each time, kept by nobody but the caller."""
    return {"etag": f'W/"{version}"', "cache-control": "private, no-cache"}


def is_known(request: Request, version: str) -> bool:
    """Whether the caller holds this version already."""
    given = request.headers.get("if-none-match", "")
    return any(tag.strip().removeprefix("W/") == f'"{version}"' for tag in given.split(","))
