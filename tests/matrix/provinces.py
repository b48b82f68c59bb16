"""Two provinces, alike: two districts with two schools each, people of every unit, all through a whole course.

Each learner stands for what belongs to her: her unit, class, audience, enrolment, result, list, certificate.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from joserfc.jwk import ECKey

from services.certificates.adapters.drawing import Drawers
from services.certificates.store import print_runs
from services.certificates.store.print_runs import PrintRun
from services.certificates.use_cases.drawing import draw_undrawn
from services.certificates.use_cases.issuing import issue_waiting
from services.grading.domain.scheme import shipped
from services.grading.use_cases.assessment import assess_pending
from services.roster.use_cases.establish import establish
from shared import parking
from shared.clock import new_id, new_token, utc_now
from shared.identity import Grant, Principal, Role
from shared.objects import ObjectStoreObjects
from shared.tokens import mint
from tests.bad_input.good import ISSUER
from tests.fuzz.world import DECIDED_AT, PUBLIC, World, opened
from tests.services.grading import vendor
from tests.services.roster.conftest import Roster
from tests.services.roster.small_province import OFFERING, person, workbook
from tests.support.databases import Databases
from tests.support.states import envelope, record, unit

TREE = {"P": None, "D1": "P", "D2": "P", "S1": "D1", "S2": "D1", "S3": "D2", "S4": "D2"}
"""Each unit's parent; P is the province itself."""
SUBJECTS = {"teachers": "Toán", "managers": "Ngữ văn"}
"""A course for each audience; one person of each unit studies in each."""
TWICE = ("S1", "S2")
"""Schools with a second teacher in mathematics: a colleague who is another person of the same unit."""


@dataclass(frozen=True)
class Learner:
    """One enrolment and everything that hangs on it. Ids are as text, as answers show them."""

    province: str
    place: str
    audience: str
    account: str
    person: str
    unit: str
    klass: str
    enrolment: str
    listed: str
    certificate: str
    print_run: str
    form_row: str


@dataclass(frozen=True)
class Province:
    """A province as the tests aim at it. `own`: what belongs to no unit below it, by what it is."""

    name: str
    world: World
    learners: tuple[Learner, ...]
    own: Mapping[str, str]
    parked: Mapping[str, str]

    def at(self, place: str, audience: str = "teachers") -> Learner:
        """The first learner of a unit in a course."""
        return next(one for one in self.learners if (one.place, one.audience) == (place, audience))


@asynccontextmanager
async def provinces(databases: Databases, folder: Path) -> AsyncIterator[tuple[Province, Province]]:
    """Ours and the other."""
    async with opened(databases, folder) as ours:
        began = datetime(2020, 1, 2, tzinfo=UTC)
        their_id = await establish(ours.workers["roster"], code="79", name="Cà Mau", officer="so.79@x.vn", at=began)
        theirs = replace(ours, province_id=their_id)
        yield await _played(ours, "80"), await _played(theirs, "79")


async def _played(world: World, code: str) -> Province:
    roster = Roster(world.clients["roster"], world.workers["roster"], world.key, world.province_id)
    units = await _units(roster, code) | {"P": str(world.province_id)}
    sent = await roster.upload(workbook(*_people(code, units)))
    await roster.done("POST", f"/imports/{sent.json()['id']}/confirm", {})
    courses = {audience: await _classes(roster, code, audience) for audience in SUBJECTS}
    await world.hear()
    enrolments = await _enrolments(world)
    await _judged(world, code, enrolments)
    lists = {one["enrolment_id"]: await _recognised(world, one) for one in enrolments}
    await world.hear()
    for audience in SUBJECTS:
        await world.done("certificates", "/issuers", ISSUER | {"audience": audience, "code": audience.upper()})
    while await issue_waiting(world.workers["certificates"], PUBLIC, now=utc_now(), new_id=new_id, new_token=new_token):
        pass
    await world.hear()
    await _draw(world)
    papers = await _read(world, "certificates", "/certificates")
    certificates = {one["enrolment_id"]: one["id"] for one in papers}
    places = {unit_id: place for place, unit_id in units.items()}
    learners = [
        Learner(
            code, places[one["unit"]], "teachers" if one["course"].endswith("TOAN") else "managers", one["account"],
            one["person_id"], one["unit"], one["class"], one["enrolment_id"], lists[one["enrolment_id"]],
            certificates[one["enrolment_id"]],
            await _printed(world, certificates[one["enrolment_id"]]), await _in_trouble(roster, one),
        )
        for one in enrolments
    ]  # fmt: skip
    issuers = await _read(world, "certificates", "/issuers")
    own = {
        "import": sent.json()["id"],
        "offering": courses["teachers"],
        "source": f"viettel-{code}",
        "issuer": issuers[0]["id"],
        "school_row": await _missing_from_school(roster, f"{code}-S1", units["S1"]),
        "grant": (await _read(world, "roster", "/role-grants"))[0]["id"],
    }
    for service in world.workers:  # so that every service has something decided in its audit
        decided = await _parked(world, service)
        await world.done(service, f"/parked/{decided}/discard", {"reason": "thử"})
        own[f"audited.{service}"] = (await _read(world, service, "/audit"))[0]["id"]
    return Province(code, world, tuple(learners), own, {name: await _parked(world, name) for name in world.workers})


async def _units(roster: Roster, code: str) -> dict[str, str]:
    changes = [
        {
            "op": "establish",
            "code": f"{code}-{place}",
            "name": f"Đơn vị {place}",
            "kind": "district" if place.startswith("D") else "school",
            "parent_code": code if above == "P" else f"{code}-{above}",
        }
        for place, above in TREE.items()
        if above is not None
    ]
    made = await roster.done("POST", "/units/changes", {"changes": changes})
    return {item["code"].partition("-")[2]: item["id"] for item in made["items"]}


def _people(code: str, units: Mapping[str, str]) -> list[list[str]]:
    posts = [(place, audience) for place in TREE for audience in SUBJECTS] + [(place, "teachers") for place in TWICE]
    return [
        person(
            int(code) * 100 + n,
            code if place == "P" else f"{code}-{place}",
            mail=f"gv.{n}.{code}@x.vn",
            subject=SUBJECTS[audience],
        )
        for n, (place, audience) in enumerate(posts)
    ]


async def _classes(roster: Roster, code: str, audience: str) -> str:
    composition: Any = {
        "document": 2, "graphic": 1, "video": 1, "task": 1, "questions": 40, "essays": list(vendor.ESSAYS),
    }  # fmt: skip
    wanted = OFFERING | {
        "course": f"{code}-{'TOAN' if audience == 'teachers' else 'VAN'}",
        "subject": SUBJECTS[audience],
        "audience": audience,
        "composition": composition,
        "closes_at": "2021-03-20T23:59:59+07:00",
    }
    offering = str((await roster.done("POST", "/offerings", wanted))["id"])
    await roster.done("POST", f"/offerings/{offering}/allocate", {"dry_run": False, "method": "planned", "classes": 2})
    return offering


async def _draw(world: World) -> None:
    drawers, objects = Drawers(1), ObjectStoreObjects((world.folder / "objects").as_uri())
    try:
        while await draw_undrawn(world.workers["certificates"], drawers, objects, now=utc_now()):
            pass
    finally:
        drawers.close()


async def _printed(world: World, certificate_id: str) -> str:
    """A print run of this one paper, as only its class's or school's only learner would have it."""
    run = PrintRun(
        province_id=world.province_id,
        id=new_id(),
        class_id=new_id(),
        unit_id=None,
        asked_by="so.01@test",
        asked_at=utc_now(),
        papers=1,
        undrawn=0,
    )
    async with world.workers["certificates"].begin() as connection:
        await print_runs.insert(connection, run, [UUID(certificate_id)])
    return str(run.id)


async def _in_trouble(roster: Roster, one: dict[str, Any]) -> str:
    core = roster.token(Role.CORE_TEACHER, class_id=UUID(one["class"]))
    row = {"need": "support", "person_id": one["person_id"]}
    made = await roster.done("POST", "/forms/1/rows", {"class_id": one["class"], "rows": [row]}, token=core)
    return str(made["ids"][0])


async def _missing_from_school(roster: Roster, unit_code: str, unit_id: str) -> str:
    head = roster.token(Role.SCHOOL_HEAD, unit_id=UUID(unit_id))
    row = {"need": "addition", "unit_code": unit_code, "name": "Nguyễn Thị Mới"}
    return str((await roster.done("POST", "/forms/4/rows", {"rows": [row]}, token=head))["ids"][0])


async def _enrolments(world: World) -> list[dict[str, Any]]:
    while await assess_pending(world.workers["grading"], shipped(), now=utc_now(), new_id=new_id):
        pass
    return await _read(world, "grading", "/results")


async def _judged(world: World, code: str, enrolments: list[dict[str, Any]]) -> None:
    source = f"viettel-{code}"
    await world.done("grading", "/sources", {"vendor": source})
    for one in enrolments:
        again = vendor.event(
            f"{one['account']}-again",
            "essay.submitted",
            {"essay": "e1", "attempt": 2},
            account=one["account"],
            minute=60,
        )  # a paper that waits for its mark
        events = json.dumps([*vendor.whole_course(one["account"], account=one["account"]), again])
        body = f'{{"events": {events.replace(vendor.COURSE, one["course"])}}}'.encode()
        headers = world.bearer("grading", Role.VENDOR, account=f"vendor:{source}", source=source)
        headers |= {"content-type": "application/json", "webhook-id": one["account"]}
        answer = await world.clients["grading"].post(f"/internal/deliveries/{source}", content=body, headers=headers)
        assert answer.json()["accepted"] > 0, answer.text
    while await assess_pending(world.workers["grading"], shipped(), now=utc_now(), new_id=new_id):
        pass
    classes = [Grant(role=Role.CORE_TEACHER, class_id=UUID(klass)) for klass in {one["class"] for one in enrolments}]
    audiences = [Grant(role=Role.INSTITUTION_LECTURER, audience=audience) for audience in SUBJECTS]
    rows = [{"enrolment_id": one["enrolment_id"], "met": True, "reason": None} for one in enrolments]
    for gate, grants in (("core_team", classes), ("institution", audiences)):
        headers = bearer(world, "grading", grants, person=uuid5(world.province_id, gate)) | DECIDED_AT
        given = {"gate": gate, "verdicts": rows}
        answer = await world.clients["grading"].post("/api/v1/verdicts", json=given, headers=headers)
        assert {item["problem"] for item in answer.json()["items"]} == {None}, answer.text


def bearer(
    world: World,
    service: str,
    grants: Sequence[Grant],
    person: UUID | None = None,
    *,
    key: ECKey | None = None,
    at: datetime | None = None,
) -> dict[str, str]:
    """The header of someone of this province with these grants."""
    who = Principal(account="somebody@test", province_id=world.province_id, person_id=person, grants=list(grants))
    return {"authorization": f"Bearer {mint(who, service, key or world.key, at or utc_now())}"}


async def _recognised(world: World, one: dict[str, Any]) -> str:
    body = {"title": one["account"], "enrolment_ids": [one["enrolment_id"]]}
    made = await world.done("grading", "/recognition-lists", body)
    await world.done("grading", f"/recognition-lists/{made['id']}/approve", None, "leader@test")
    return str(made["id"])


async def _read(world: World, service: str, path: str) -> list[dict[str, Any]]:
    headers = world.bearer(service, Role.DEPARTMENT_LEADER)
    answer = await world.clients[service].get(f"/api/v1{path}", params={"limit": 500}, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _parked(world: World, service: str) -> str:
    unit_id, event_id = new_id(), new_id()
    event = envelope(unit_id, 1, unit(unit_id, "Một", province_id=world.province_id), "unit_changed")
    async with world.workers[service].begin() as connection:
        await parking.park(connection, record(event), event, "bad", now=utc_now(), new_id=lambda: event_id)
    return str(event_id)
