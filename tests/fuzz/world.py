"""The four services' own apps on their databases, with one small course played in them, and the ids of its rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import httpx
from joserfc.jwk import ECKey
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.use_cases.issuing import issue_waiting
from services.grading.domain.scheme import shipped
from services.grading.use_cases.assessment import assess_pending
from services.roster.use_cases.establish import establish
from shared import parking
from shared.applying import Applier
from shared.clock import new_id, new_token, utc_now
from shared.events.envelope import Envelope, to_headers
from shared.events.registry import source_of, topic_of
from shared.identity import Grant, Principal, Role
from shared.parking import Raw
from shared.process import Parts
from shared.tokens import mint
from tests.bad_input.good import ISSUER
from tests.every_service.services import SERVICES, module
from tests.services.grading import vendor
from tests.services.roster.conftest import OFFICER, Roster
from tests.services.roster.small_province import OFFERING, enrolled, units
from tests.support.databases import Databases
from tests.support.states import envelope, number, record, unit

PUBLIC = "https://bdtx.example"
VENDOR = "viettel"
GRADER = "gv.1@x.vn"
OFFICE = tuple(sorted(set(Role) - {Role.LEARNER, Role.VENDOR}))
DECIDED_AT = {"x-with-server-date": "2021-01-15T08:00:00+07:00"}
_UUID_COLUMNS = """
    SELECT c.relname AS "table", a.attname AS "column" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'uuid'::regtype
"""


@dataclass
class World:
    """The running apps; `key` signs internal tokens as the gateway does."""

    folder: Path
    key: ECKey
    parts: Mapping[str, Parts]
    clients: Mapping[str, httpx.AsyncClient]
    workers: Mapping[str, AsyncEngine]
    owners: Mapping[str, str]
    province_id: UUID
    class_id: UUID | None = None

    def bearer(
        self,
        service: str,
        *roles: Role,
        person: UUID | None = None,
        account: str = "so.01@test",
        source: str | None = None,
    ) -> dict[str, str]:
        """The header of someone with these roles, each over as much as it may be held over."""
        who = Principal(
            account=account,
            province_id=None if source else self.province_id,
            person_id=person,
            source=source,
            grants=[
                Grant(
                    role=role,
                    class_id=self.class_id if role is Role.CORE_TEACHER else None,
                    audience="teachers" if role is Role.INSTITUTION_LECTURER else None,
                )
                for role in roles
            ],
        )
        return {"authorization": f"Bearer {mint(who, service, self.key, utc_now())}"}

    async def done(self, service: str, path: str, body: Any, account: str = "so.01@test") -> Any:
        """A write of the whole office, in January 2021, that must succeed."""
        person = uuid5(self.province_id, account)
        headers = self.bearer(service, *OFFICE, person=person, account=account) | DECIDED_AT
        answer = await self.clients[service].post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code < 300, (path, answer.status_code, answer.text[:2000])
        return answer.json()

    async def delivered(self, body: bytes, webhook_id: str) -> httpx.Response:
        """A delivery as the gateway hands it on."""
        headers = self.bearer("grading", Role.VENDOR, account=f"vendor:{VENDOR}", source=VENDOR)
        headers |= {"content-type": "application/json", "webhook-id": webhook_id}
        return await self.clients["grading"].post(f"/internal/deliveries/{VENDOR}", content=body, headers=headers)

    async def ids(self, *services: str) -> dict[str, list[str]]:
        """Values of every uuid column, by the column's name; a table's own `id` is `<table>_id` and `id`."""
        found: dict[str, set[str]] = defaultdict(set)
        for service in services:
            connection = await asyncpg.connect(self.owners[service])
            try:
                for table, column in await connection.fetch(_UUID_COLUMNS):
                    rows = await connection.fetch(f'SELECT DISTINCT "{column}" FROM "{table}" LIMIT 50')
                    values = {str(row[0]) for row in rows if row[0] is not None}
                    for name in {column, f"{table}_id"} if column == "id" else {column}:
                        found[name] |= values
            finally:
                await connection.close()
        return {name: sorted(values) for name, values in sorted(found.items()) if values}

    async def hear(self) -> None:
        """Every service hears what all the others have said so far, and nothing of it is parked."""
        for service in SERVICES:
            records = [
                raw
                for other in SERVICES
                if other != service
                for raw in await _said(self.owners[other])
                if raw.topic in {topic_of(name) for name in self.parts[service].handlers}
            ]
            await Applier(self.workers[service], self.parts[service].handlers, utc_now, new_id).apply(records)


async def _said(owner: str) -> list[Raw]:
    connection = await asyncpg.connect(owner)
    try:
        rows = await connection.fetch("SELECT * FROM outbox ORDER BY id")
    finally:
        await connection.close()
    found = []
    for row in rows:
        event = Envelope(
            id=row["event_id"],
            type=row["type"],
            source=source_of(row["type"].split(".")[2]),
            time=row["time"],
            province_id=row["province_id"],
            aggregate_type=row["aggregate_type"],
            aggregate_id=row["aggregate_id"],
            version=row["version"],
            data=row["data"],
        )
        topic = topic_of(event.aggregate_type)
        found.append(Raw(topic, 0, row["id"], str(event.aggregate_id).encode(), event.data, to_headers(event)))
    return found


@asynccontextmanager
async def world(databases: Databases, folder: Path) -> AsyncIterator[World]:
    """All four, with the course played."""
    async with opened(databases, folder) as one:
        await play(one)
        yield one


@asynccontextmanager
async def opened(databases: Databases, folder: Path) -> AsyncIterator[World]:
    """All four on emptied databases with one empty province, in local mode, so that the course may be played in its
    own time."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "internal-1"}, private=True)
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    async with AsyncExitStack() as open_until_the_end:
        parts, clients, workers, owners = {}, {}, {}, {}
        for service in SERVICES:
            urls = databases.urls(service)
            await databases.clean(service)
            settings = module(service, "settings").Settings.model_validate(
                {
                    "BDTX_ENV": "local",
                    "port": 1,
                    "database_url": urls["api"],
                    "worker_database_url": urls["worker"],
                    "KAFKA_BOOTSTRAP": "127.0.0.1:9",
                    "OBJECT_STORE_URL": (folder / "objects").as_uri(),
                    "INTERNAL_JWKS_FILE": str(folder / "jwks.json"),
                }
                | ({"public_url": PUBLIC} if service == "certificates" else {})
            )
            made = await open_until_the_end.enter_async_context(module(service, "main").build(settings, "all"))
            transport = httpx.ASGITransport(made.app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url=f"http://{service}", timeout=60)
            parts[service] = made
            clients[service] = await open_until_the_end.enter_async_context(client)
            workers[service], owners[service] = made.worker_engine, urls["owner"]
        began = datetime(2020, 1, 2, tzinfo=UTC)
        province_id = await establish(workers["roster"], code="80", name="Long An", officer=OFFICER, at=began)
        yield World(folder, key, parts, clients, workers, owners, province_id)
    for service in SERVICES:
        await databases.clean(service)


async def play(one: World) -> None:
    """Four learners from the enrolment on: two to their certificates, the others stay on the way."""
    roster = Roster(one.clients["roster"], one.workers["roster"], one.key, one.province_id)
    await units(roster)
    composition: Any = {
        "document": 2,
        "graphic": 1,
        "video": 1,
        "task": 1,
        "questions": 40,
        "essays": list(vendor.ESSAYS),
    }
    rows = await enrolled(roster, 4, composition=composition, closes_at="2021-03-20T23:59:59+07:00")
    await roster.done("PUT", f"/classes/{rows[0].class_id}/graders", {"graders": [GRADER]})
    one.class_id = rows[0].class_id
    await one.hear()
    await _grade(one, [str(row.enrolment_id) for row in rows[:2]])
    await one.hear()
    await one.done("certificates", "/issuers", ISSUER)
    while await issue_waiting(one.workers["certificates"], PUBLIC, now=utc_now(), new_id=new_id, new_token=new_token):
        pass
    await one.hear()
    for worker in one.workers.values():
        await _park(worker, one.province_id)


async def _park(worker: AsyncEngine, province_id: UUID) -> None:
    event = envelope(number(1, kind=4), 1, unit(number(1, kind=4), "Một", province_id=province_id), "unit_changed")
    async with worker.begin() as connection:
        await parking.park(connection, record(event), event, "bad", now=utc_now(), new_id=new_id)


async def _grade(one: World, enrolments: list[str]) -> None:
    await one.done("grading", "/sources", {"vendor": VENDOR})
    body = json.dumps({"events": [one for n in range(4) for one in course_of(f"gv.{n}@x.vn")]}).encode()
    await one.delivered(body, "whole-1")
    while await assess_pending(one.workers["grading"], shipped(), now=utc_now(), new_id=new_id):
        pass
    for gate in ("core_team", "institution"):
        verdicts = [{"enrolment_id": enrolment, "met": True, "reason": None} for enrolment in enrolments]
        answer = await one.done("grading", "/verdicts", {"gate": gate, "verdicts": verdicts}, f"{gate}@test")
        assert [item["problem"] for item in answer["items"]] == [None, None], answer
    listed = {"title": "Danh sách 1", "enrolment_ids": enrolments}
    made = await one.done("grading", "/recognition-lists", listed)
    await one.done("grading", f"/recognition-lists/{made['id']}/approve", None, "leader@test")


def course_of(account: str) -> list[vendor.Event]:
    """Everything a flawless learner of the small province does."""
    events = vendor.whole_course(account, account=account)
    spoken = json.dumps(events).replace(vendor.COURSE, str(OFFERING["course"])).replace(vendor.GRADER, GRADER)
    moved: list[vendor.Event] = json.loads(spoken)
    return moved
