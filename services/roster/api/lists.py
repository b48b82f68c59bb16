"""Lists in pages: limit, opaque cursor, what a principal reaches."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from fastapi import Query

from shared import problems
from shared.clock import vietnamese_day
from shared.identity import Principal, Rule
from shared.instants import parse_day, parse_instant
from shared.problems import Problem
from shared.texts import misplaced

Limit = Annotated[int, Query(ge=1, le=500)]
DEFAULT_LIMIT = 50
Place = Annotated[int, msgspec.Meta(ge=0, le=32_767)]
"""A small number in a cursor; a larger one is none that we gave."""

T = TypeVar("T")


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
        raise Problem(problems.BAD_REQUEST, detail="cursor") from None


def page(
    rows: Sequence[T], total: int, limit: int, *, key: Callable[[T], Any], item: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """The shape of every list. `rows` were asked for with one more than the limit: only so is `next` null on the last
    page; `key` is what they are sorted by."""
    shown = rows[:limit]
    following = cursor_of(key(shown[-1])) if len(rows) > limit else None
    return {"items": [item(row) for row in shown], "next": following, "total": total}


def reach(principal: Principal, rule: Rule) -> set[UUID] | None:
    """The units whose subtrees the principal's grants open for a rule; None is the whole province."""
    grants = [grant for grant in principal.grants if grant.role in rule.roles]
    if any(grant.unit_id is None or grant.unit_id == principal.province_id for grant in grants):
        return None
    return {grant.unit_id for grant in grants if grant.unit_id is not None}


def province_of(principal: Principal) -> UUID:
    """The principal's province. Raises Problem 403 for who has none."""
    if principal.province_id is None:
        raise Problem(problems.FORBIDDEN)
    return principal.province_id


def day_of(text: str | None, now: datetime) -> date:
    """A day, or the Vietnamese day of an instant; now where nothing is said. Raises Problem 400."""
    if text is None:
        return vietnamese_day(now)
    return parse_day(text, "as_of") or vietnamese_day(parse_instant(text, "as_of"))
