"""What text the databases can keep: neither NUL nor half of a surrogate pair. Refused at the edge, in one place."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from shared.bodies import BadBodyError, JsonRequest, JsonRoute

_MESSAGE = "NUL and lone surrogates are not allowed"


def address_is_text(scope: Scope) -> bool:
    """Whether path and query are UTF-8 without NUL once their percent signs are resolved."""
    path = scope.get("raw_path") or scope["path"].encode()
    for part in (path, scope["query_string"]):
        plain = unquote_to_bytes(part)
        if b"\x00" in plain or not _is_utf8(plain):
            return False
    return True


def _is_utf8(plain: bytes) -> bool:
    try:
        plain.decode()
    except UnicodeDecodeError:
        return False
    return True


def misplaced(content: Any, place: tuple[str | int, ...] = ("body",)) -> tuple[str | int, ...] | None:
    """The place of a text in a JSON value that no database keeps (of a member's name: its object), or None."""
    left = [(place, content)]
    while left:
        where, value = left.pop()
        if isinstance(value, str):
            if not keepable(value):
                return where
        elif isinstance(value, list):
            left.extend(((*where, index), one) for index, one in enumerate(value))
        elif isinstance(value, dict):
            for key, one in value.items():
                if not keepable(key):
                    return where
                left.append(((*where, key), one))
    return None


def keepable(text: str) -> bool:
    """Whether a database can keep the text."""
    return "\x00" not in text and not (not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text))


class _CheckedRequest(JsonRequest):
    async def json(self) -> Any:
        content = await super().json()
        place = misplaced(content)
        if place is not None:
            raise BadBodyError(_MESSAGE, place)
        return content


class CheckedRoute(JsonRoute):
    """A route whose JSON body holds nothing that no database keeps: 422 naming the place."""

    request = _CheckedRequest
