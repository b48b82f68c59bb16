"""Lists answer `{"items", "next", "total"}`; a cursor is opaque and names the last id that was given."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from fastapi import Query

from shared.problems import BAD_REQUEST, Problem
from shared.texts import misplaced

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query()]


def after(cursor: str | None) -> UUID | None:
    """The id a page begins after. Raises Problem 400 for what is no cursor of ours, in the one way we write it.

    It is a place in the order and no right: whose it was does not matter, each page is read within the caller's reach.
    """
    if cursor is None:
        return None
    try:
        found = UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise Problem(BAD_REQUEST, detail="cursor") from None
    if _cursor(found) != cursor:
        raise Problem(BAD_REQUEST, detail="cursor")
    return found


def page(
    rows: Sequence[T], *, limit: int, total: int, id_of: Callable[[T], UUID], item: Callable[[T], Any] = lambda row: row
) -> dict[str, Any]:
    """One page. `rows` were asked for with one more than the limit: only so is `next` null on the last page."""
    shown = rows[:limit]
    following = _cursor(id_of(shown[-1])) if len(rows) > limit else None
    return {"items": [item(row) for row in shown], "next": following, "total": total}


def page_by(
    rows: Sequence[T], *, limit: int, total: int, key: Callable[[T], Any], item: Callable[[T], Any] = lambda row: row
) -> dict[str, Any]:
    """One page of a list that is not in the order of ids; `key` is what it is sorted by, read back by `key_of`."""
    shown = rows[:limit]
    following = cursor_of(key(shown[-1])) if len(rows) > limit else None
    return {"items": [item(row) for row in shown], "next": following, "total": total}


def cursor_of(key: Any) -> str:
    """An opaque cursor for the sort key of the last item."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def key_of(cursor: str | None, kind: type[T]) -> T | None:
    """The sort key in a cursor. Raises Problem 400 for what is no cursor of ours."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        content = base64.b64decode(padded, altchars=b"-_", validate=True)
        if misplaced(msgspec.json.decode(content)) is not None:
            raise ValueError("a text that no database keeps")
        key = msgspec.json.decode(content, type=kind)
        if cursor_of(key) != cursor:
            raise ValueError("not the one way we write it")
        return key
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError):
        raise Problem(BAD_REQUEST, detail="cursor") from None


def _cursor(id_: UUID) -> str:
    return base64.urlsafe_b64encode(id_.bytes).decode().rstrip("=")
