"""Lists answer `{"items", "next", "total"}`; a cursor is opaque and names the last id that was given."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from shared.problems import BAD_REQUEST, Problem

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


def page(items: Sequence[Any], ids: Sequence[UUID], *, limit: int, total: int) -> dict[str, Any]:
    """One page; `next` is null where it is the last one."""
    following = base64.urlsafe_b64encode(ids[-1].bytes).decode().rstrip("=") if len(ids) == limit else None
    return {"items": items, "next": following, "total": total}
