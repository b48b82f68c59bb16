"""/units"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.api.lists import DEFAULT_LIMIT, Limit, day_of, reach
from services.roster.api.rules import CHANGES_UNITS, READS_UNITS
from services.roster.domain.units import Placed, Unit
from services.roster.schemas import UnitChange, UnitChanges
from services.roster.use_cases import units
from shared.audit import Act
from shared.callers import acts, may, province_of, server_time
from shared.clock import vietnamese_day
from shared.identity import Principal
from shared.paging import key_of, page_by
from shared.web import json_response, router


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """The dated tree."""
    routes = router()

    @routes.get("/units")
    async def list_units(
        request: Request,
        caller: Annotated[Principal, may(READS_UNITS)],
        as_of: str | None = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Response:
        """The units that existed on a day, parents before their children in each path, ordered by code."""
        tree = await units.on(engine, province_of(caller), day_of(as_of, server_time(request, caller)))
        roots = reach(caller, READS_UNITS)
        seen = [unit for unit in tree.values() if roots is None or not roots.isdisjoint(unit.path)]
        seen.sort(key=_place)
        after = key_of(cursor, tuple[str, str])
        rest = [unit for unit in seen if after is None or _place(unit) > after]
        return json_response(page_by(rest, limit=limit, total=len(seen), key=_place, item=_placed))

    @routes.post("/units/changes", status_code=201)
    async def change_units(act: Annotated[Act, acts(CHANGES_UNITS)], body: UnitChanges) -> Response:
        """Establishes, renames, re-parents, abolishes, merges; in order, all or nothing."""
        done = await units.change(engine, act, [_change(c) for c in body.changes], vietnamese_day(act.at))
        return json_response({"items": [_unit(unit) for unit in done]}, 201)

    app.include_router(routes)


def _change(body: UnitChange) -> units.Change:
    values = body.model_dump()
    return units.Change(**(values | {"codes": tuple(body.codes)}))


def _place(unit: Placed) -> tuple[str, str]:
    return unit.period.code, str(unit.unit_id)


def _placed(unit: Placed) -> dict[str, Any]:
    names = ("code", "name", "kind", "parent_id", "valid_from", "valid_to")
    return {"id": unit.unit_id, "path": unit.path} | {name: getattr(unit.period, name) for name in names}


def _unit(unit: Unit) -> dict[str, Any]:
    successors: tuple[UUID, ...] = unit.succeeded_by
    names = ("code", "name", "kind", "parent_id", "valid_from", "valid_to")
    return {"id": unit.unit_id, "succeeded_by": successors} | {name: getattr(unit.last, name) for name in names}
