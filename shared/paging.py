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
Cursor = Annotated[str | None, Query(max_length=64)]


def after(cursor: str | None) -> UUID | None:
    """The id a page begins after. Raises Problem 400 for what is no cursor of ours."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise Problem(BAD_REQUEST, detail="cursor") from None


def page(
    rows: Sequence[T], *, limit: int, total: int, id_of: Callable[[T], UUID], item: Callable[[T], Any] = lambda row: row
) -> dict[str, Any]:
    """One page. `rows` were asked for with one more than the limit: only so is `next` null on the last page."""
    shown = rows[:limit]
    following = base64.urlsafe_b64encode(id_of(shown[-1]).bytes).decode().rstrip("=") if len(rows) > limit else None
    return {"items": [item(row) for row in shown], "next": following, "total": total}
