"""/offerings and /classes"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.api.lists import DEFAULT_LIMIT, Limit, Place
from services.roster.api.plan import MOST_PRINTED, plan_table
from services.roster.api.rules import OFFERS, READS_CLASSES, READS_OFFERINGS, SETS_GRADERS
from services.roster.domain.levels import level_of
from services.roster.domain.names import search_key, tidy
from services.roster.domain.offerings import Fault, composition_faults, term_faults
from services.roster.schemas import AllocationWanted, Graders, Offerings, OfferingWanted, OneOrSeveral, utc
from services.roster.schemas.offerings import AllocationAnswer, OfferingList
from services.roster.use_cases import allocation, offerings
from services.roster.use_cases.offerings import Offering
from shared import problems, sheets
from shared.audit import Act
from shared.callers import acts, may, province_of
from shared.events.roster import Composition, SchemeRef
from shared.events.schemes import SCHEMES
from shared.identity import Principal, reach_of
from shared.paging import key_of, page_by
from shared.problems import Problem
from shared.sheets import Format
from shared.web import answers, json_response, router

_ERRORS_SHOWN = 500


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """Courses offered, their classes, and who marks them."""
    routes = router()

    @routes.post("/offerings", status_code=201)
    async def offer(act: Annotated[Act, acts(OFFERS)], body: OneOrSeveral) -> Response:
        """One offering or several, all or none; the course code is unique for good."""
        wanted = body.offerings if isinstance(body, Offerings) else [body]
        _refuse_faulty(body, wanted)
        made = await offerings.offer(engine, act, [_offering(act, one) for one in wanted])
        items = [_item(one) for one in made]
        return json_response({"items": items} if isinstance(body, Offerings) else items[0], 201)

    @routes.get("/offerings", response_model=OfferingList, responses=answers(sheets.CSV_TYPE, sheets.XLSX_TYPE))
    async def list_offerings(
        caller: Annotated[Principal, may(READS_OFFERINGS)],
        format: Format = "json",  # noqa: A002
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Response:
        """By course code, with what was planned and, of what is within reach, what there is. As csv or xlsx all of
        them, the plan beside what there is."""
        reach, province_id = reach_of(caller, READS_OFFERINGS), province_of(caller)
        if format != "json":
            _, found = await offerings.listed(engine, province_id, reach, None, MOST_PRINTED)
            title = "Kế hoạch và thực tế theo khóa học"
            return await sheets.download(plan_table(found), title=title, name="offerings", kind=format)
        total, found = await offerings.listed(engine, province_id, reach, key_of(cursor, str), limit + 1)
        return json_response(page_by(found, limit=limit, total=total, key=lambda row: row[0].course, item=_counted))

    @routes.post(
        "/offerings/{offering_id}/allocate",
        response_model=AllocationAnswer,
        responses={201: answers(status=201)[201] | {"model": AllocationAnswer}},
    )
    async def allocate(act: Annotated[Act, acts(OFFERS)], offering_id: UUID, body: AllocationWanted) -> Response:
        """Learners into classes of about fifty; a dry run unless said otherwise."""
        done = await allocation.allocate(
            engine, act, offering_id, method=body.method, classes=body.classes, dry_run=body.dry_run
        )
        return json_response(_allocation(done), 200 if body.dry_run else 201)

    @routes.get("/classes")
    async def list_classes(
        caller: Annotated[Principal, may(READS_CLASSES)],
        offering: UUID | None = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Response:
        """Classes within reach by course and number: a core teacher's own, a lecturer's audience's."""
        total, found = await offerings.classes(
            engine,
            province_of(caller),
            offering_id=offering,
            reach=reach_of(caller, READS_CLASSES),
            after=key_of(cursor, tuple[str, Place]),
            limit=limit + 1,
        )
        return json_response(page_by(found, limit=limit, total=total, key=itemgetter("course", "number"), item=_class))

    @routes.put("/classes/{class_id}/graders")
    async def set_graders(act: Annotated[Act, acts(SETS_GRADERS)], class_id: UUID, body: Graders) -> Response:
        """Who marks and judges a class."""
        graders = await offerings.set_graders(engine, act, class_id, body.graders)
        return json_response({"id": class_id, "graders": graders})

    app.include_router(routes)


def _refuse_faulty(body: Offerings | OfferingWanted, wanted: Sequence[OfferingWanted]) -> None:
    """Raises Problem 422 with each member at fault, of all the offerings."""
    errors = []
    for index, one in enumerate(wanted):
        row = ("offerings", index) if isinstance(body, Offerings) else ()
        for fault in _faults(one):
            pointer = "/" + "/".join(str(part) for part in ("body", *row, *fault.path))
            errors.append({"pointer": pointer, "message": fault.message})
    if errors:
        raise Problem(problems.INVALID, errors=errors[:_ERRORS_SHOWN])


def _faults(body: OfferingWanted) -> Iterator[Fault]:
    needs = SCHEMES.get((body.scheme.id, body.scheme.version))
    if needs is None:
        yield Fault(("scheme",), "no scheme of this id and version")
    yield from term_faults(level=level_of(body.level), opens_at=body.opens_at, closes_at=body.closes_at)
    has = body.composition
    yield from composition_faults(
        materials=has.document + has.graphic + has.video + has.task,
        questions=has.questions,
        essays=has.essays,
        process=needs is not None and needs.process,
    )


def _offering(act: Act, body: OfferingWanted) -> Offering:
    level = level_of(body.level)
    if level is None:
        raise ValueError("an offering that was not looked through")
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


def _counted(row: tuple[Offering, dict[str, int]]) -> dict[str, Any]:
    one, counts = row
    return _item(one) | {"counts": counts}


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
