"""/people"""

from __future__ import annotations

from operator import itemgetter
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.api.lists import DEFAULT_LIMIT, Limit, Place, reach
from services.roster.api.rules import READS_OWN, READS_PEOPLE
from services.roster.domain import identity_numbers, phones
from services.roster.use_cases import people
from shared.callers import may, province_of, server_time
from shared.clock import vietnamese_day
from shared.identity import Principal, Resource, allowed
from shared.paging import key_of, page_by
from shared.web import json_response, router


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """People within the units one may see."""
    routes = router()

    @routes.get("/people")
    async def list_people(
        request: Request,
        caller: Annotated[Principal, may(READS_PEOPLE)],
        q: Annotated[str | None, Query(max_length=200)] = None,
        unit: UUID | None = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Response:
        """By name whatever the accents, exact accents first; or by a whole account; in Vietnamese order."""
        total, rows = await people.find(
            engine,
            province_of(caller),
            q=q.replace("\x00", "") if q else None,
            unit_id=unit,
            reach=reach(caller, READS_PEOPLE),
            day=vietnamese_day(server_time(request, caller)),
            after=key_of(cursor, tuple[Place, str, UUID]),
            limit=limit + 1,
        )
        return json_response(
            page_by(rows, limit=limit, total=total, key=itemgetter("rank", "sort_key", "person_id"), item=_item)
        )

    @routes.get("/people/{person_id}")
    async def get_person(
        request: Request, caller: Annotated[Principal, may(READS_PEOPLE, READS_OWN)], person_id: UUID
    ) -> Response:
        """One person; identity number and phone by their last digits."""
        own = allowed(caller, READS_OWN, Resource(person_id=person_id))
        day = vietnamese_day(server_time(request, caller))
        found = await people.get(
            engine, province_of(caller), person_id, reach=reach(caller, READS_PEOPLE), own=own, day=day
        )
        return json_response(_person(found))

    app.include_router(routes)


def _item(row: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "birth_date", "accounts", "units")
    return {"id": row["person_id"]} | {name: row[name] for name in names}


def _person(found: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "birth_date", "merged_into", "erased_at", "accounts", "employments", "assignments", "enrolments")
    masked = {
        "identity_number": identity_numbers.masked(found["identity_number"]),
        "phone": phones.masked(found["phone"]),
    }
    return {"id": found["person_id"]} | {name: found[name] for name in names} | masked
