"""Lists answer `{"items", "next", "total"}`; a cursor is opaque and names the last id that was given."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Query

from shared.problems import BAD_REQUEST, Problem

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


def _cursor(id_: UUID) -> str:
    return base64.urlsafe_b64encode(id_.bytes).decode().rstrip("=")
