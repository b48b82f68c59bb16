"""/offerings and /classes"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.api.lists import DEFAULT_LIMIT, Limit, key_of, page, province_of
from services.roster.api.rules import OFFER, READ_CLASSES, READ_OFFERINGS, SET_GRADERS
from services.roster.domain.levels import level_of
from services.roster.domain.names import search_key, tidy
from services.roster.schemas import AllocationWanted, Graders, Offerings, OfferingWanted, utc
from services.roster.store.offerings import Offering
from services.roster.use_cases import allocation, offerings
from shared import problems
from shared.audit import Act
from shared.events.roster import Composition, SchemeRef
from shared.identity import Principal
from shared.problems import Problem
from shared.web import Caller, act_of, demand, json_response, router


def routes(engine: AsyncEngine) -> APIRouter:
    """Courses offered, their classes, and who marks them."""
    api = router()

    @api.post("/offerings", tags=["offerings"])
    async def offer(request: Request, caller: Caller, body: Offerings | OfferingWanted) -> Response:
        """One offering or several, all or none; the course code is unique for good."""
        act = act_of(request, caller, OFFER)
        wanted = body.offerings if isinstance(body, Offerings) else [body]
        made = await offerings.offer(engine, act, [_offering(act, one) for one in wanted])
        items = [_item(one) for one in made]
        return json_response({"items": items} if isinstance(body, Offerings) else items[0], 201)

    @api.get("/offerings", tags=["offerings"])
    async def list_offerings(caller: Caller, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None) -> Response:
        """By course code, with counts."""
        demand(caller, READ_OFFERINGS)
        total, found = await offerings.listed(engine, province_of(caller), key_of(cursor, str), limit)
        items = [_item(one) | {"counts": counts} for one, counts in found]
        return json_response(page(items, total, limit, found[-1][0].course if found else None))

    @api.post("/offerings/{offering_id}/allocate", tags=["offerings"])
    async def allocate(request: Request, caller: Caller, offering_id: UUID, body: AllocationWanted) -> Response:
        """Learners into classes of about fifty; a dry run unless said otherwise."""
        act = act_of(request, caller, OFFER)
        done = await allocation.allocate(
            engine, act, offering_id, method=body.method, classes=body.classes, dry_run=body.dry_run
        )
        return json_response(_allocation(done), 200 if body.dry_run else 201)

    @api.get("/classes", tags=["offerings"])
    async def list_classes(
        caller: Caller, offering: UUID | None = None, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Response:
        """Classes by course and number; a core teacher sees her own."""
        demand(caller, READ_CLASSES)
        total, found = await offerings.classes(
            engine,
            province_of(caller),
            offering_id=offering,
            class_ids=_classes_within(caller),
            after=key_of(cursor, tuple[str, int]),
            limit=limit,
        )
        last = (found[-1]["course"], found[-1]["number"]) if found else None
        return json_response(page([_class(row) for row in found], total, limit, last))

    @api.put("/classes/{class_id}/graders", tags=["offerings"])
    async def set_graders(request: Request, caller: Caller, class_id: UUID, body: Graders) -> Response:
        """Who marks and judges a class."""
        act = act_of(request, caller, SET_GRADERS)
        graders = await offerings.set_graders(engine, act, class_id, body.graders)
        return json_response({"id": class_id, "graders": graders})

    return api


def _classes_within(caller: Principal) -> list[UUID] | None:
    grants = [grant for grant in caller.grants if grant.role in READ_CLASSES.roles]
    if any(grant.class_id is None for grant in grants if grant.role != "core_teacher"):
        return None
    return [grant.class_id for grant in grants if grant.class_id is not None]


def _offering(act: Act, body: OfferingWanted) -> Offering:
    level = level_of(body.level)
    if level is None:
        raise Problem(problems.INVALID, errors=[{"pointer": "/level", "message": "unknown"}])
    if body.closes_at <= body.opens_at:
        raise Problem(problems.INVALID, errors=[{"pointer": "/closes_at", "message": "not after opens_at"}])
    subject = tidy(body.subject)
    return Offering(
        offering_id=act.new_id(),
        course=body.course,
        title=tidy(body.title),
        subject=subject,
        subject_key=search_key(subject),
        level=level,
        audience=body.audience,
        module=body.module,
        periods=body.periods,
        composition=Composition(**body.composition.model_dump()),
        scheme=SchemeRef(id=body.scheme.id, version=body.scheme.version),
        opens_at=utc(body.opens_at),
        closes_at=utc(body.closes_at),
        window_rule=body.window,
        planned_learners=body.planned.learners if body.planned else None,
        planned_classes=body.planned.classes if body.planned else None,
        created_at=act.at,
    )


def _item(one: Offering) -> dict[str, Any]:
    names = ("course", "subject", "level", "scheme", "composition", "title", "audience", "module", "periods")
    times = {"opens_at": one.opens_at, "closes_at": one.closes_at, "window": one.window_rule}
    planned = {"learners": one.planned_learners, "classes": one.planned_classes}
    return {"id": one.offering_id} | {name: getattr(one, name) for name in names} | times | {"planned": planned}


def _allocation(done: allocation.Allocation) -> dict[str, Any]:
    return {
        "offering": done.offering.offering_id,
        "course": done.offering.course,
        "method": done.method,
        "dry_run": done.dry_run,
        "learners": done.learners,
        "classes": [
            {
                # A dry run's new classes have no id: nothing of it is kept.
                "id": None if done.dry_run and one.is_new else one.class_id,
                "code": one.code,
                "number": one.number,
                "size": one.size,
                "added": one.added,
                "units": one.units,
            }
            for one in done.classes
        ],
    }


def _class(row: dict[str, Any]) -> dict[str, Any]:
    names = ("code", "number", "course", "audience", "size", "graders")
    return {"id": row["class_id"], "offering": row["offering_id"]} | {name: row[name] for name in names}
