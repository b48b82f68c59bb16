"""Looking for people, within the units one may see."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.domain.names import search_key, tidy
from services.roster.domain.units import Placed, placed
from services.roster.store import people_read, units
from services.roster.use_cases.units import below
from shared.database import transaction


class NoSuchPersonError(LookupError):
    """There is no such person within reach."""


async def find(
    engine: AsyncEngine,
    province_id: UUID,
    *,
    q: str | None,
    unit_id: UUID | None,
    reach: set[UUID] | None,
    day: date,
    after: tuple[int, str, UUID] | None,
    limit: int,
) -> tuple[int, list[dict[str, Any]]]:
    """One page of people: by name (tone-placement neutral, exact accents first) or account, and by unit.

    `reach` are the units one may see with all below them; None is the whole province.
    """
    async with transaction(engine, province_id) as connection:
        kept = await units.everything(connection, province_id)
        tree = placed((k.unit for k in kept.values()), day)
        seen = _seen(tree, reach)
        if unit_id is not None and unit_id != province_id:
            within = below(tree, {unit_id})
            seen = within if seen is None else within & seen
        text = tidy(q or "")
        total, rows = await people_read.page(
            connection,
            province_id,
            units=None if seen is None else sorted(seen),
            key=_key(text),
            account=text.lower() or None,
            exact=text.lower() or None,
            after=after,
            limit=limit,
        )
    return total, [row | {"units": [_named(tree, unit) for unit in row["units"]]} for row in rows]


def _key(text: str) -> str | None:
    """What the names are searched for: None finds everyone, so what holds no letter ("%", "...") finds nobody."""
    if not text:
        return None
    return (search_key(text) if "@" not in text else "") or "\x01"


def _seen(tree: dict[UUID, Placed], reach: set[UUID] | None) -> set[UUID] | None:
    return None if reach is None else below(tree, reach)


def _named(tree: dict[UUID, Placed], unit_id: UUID) -> dict[str, Any]:
    unit = tree.get(unit_id)
    names = {} if unit is None else {"code": unit.period.code, "name": unit.period.name}
    return {"id": unit_id, **names}


async def get(
    engine: AsyncEngine, province_id: UUID, person_id: UUID, *, reach: set[UUID] | None, own: bool, day: date
) -> dict[str, Any]:
    """A person with posts and enrolments, unmasked. Raises NoSuchPersonError where she is out of reach."""
    async with transaction(engine, province_id) as connection:
        kept = await units.everything(connection, province_id)
        tree = placed((k.unit for k in kept.values()), day)
        found = await people_read.one(connection, province_id, person_id)
    if found is None:
        raise NoSuchPersonError
    seen = _seen(tree, reach)
    works_at = {row["unit_id"] for row in found["employments"] if row["valid_to"] is None}
    if not own and seen is not None and works_at.isdisjoint(seen):
        raise NoSuchPersonError
    for row in (*found["employments"], *found["assignments"]):
        row["unit"] = _named(tree, row.pop("unit_id"))
    return found
