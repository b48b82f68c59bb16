"""Grading on the embedded PostgreSQL: roster's events by the real applier, webhooks and people over HTTP in-process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.consumer import handlers
from services.grading.domain.scheme import shipped
from services.grading.main import build
from services.grading.settings import Settings
from services.grading.store.sources import Source
from services.grading.use_cases.assessment import assess_pending
from services.grading.use_cases.deliveries import read_delivery
from services.grading.use_cases.intake import Answer, Intake
from shared.applying import Applier
from shared.clock import new_id, utc_now
from shared.database import make_engine
from shared.events.envelope import State
from shared.events.grading import Result
from shared.identity import Grant, Principal, Role
from shared.tokens import mint
from tests.services.grading import vendor
from tests.services.grading.roster_says import AUDIENCE, CLASS, ENROLMENT, enrolment
from tests.support.databases import Databases
from tests.support.states import PROVINCE, envelope, number, record

SOURCE = Source(PROVINCE, "viettel")
CORE, LECTURER, OFFICER, LEADER = (number(n, kind=8) for n in range(1, 5))
DECIDED_AT = "2021-01-15T08:00:00+07:00"
_AGGREGATE_ID = {"enrolment": "enrolment_id", "certificate": "certificate_id"}
_EVENT = {"enrolment": "enrolment_changed", "certificate": "issued"}


@dataclass
class Grading:
    """A grading service with one province and one vendor, and calls to it in anyone's name."""

    http: httpx.AsyncClient
    api: AsyncEngine
    worker: AsyncEngine
    key: ECKey
    intake: Intake
    urls: dict[str, str]
    versions: dict[UUID, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.applier = Applier(self.worker, handlers(shipped()), utc_now, new_id)

    async def hear(self, *states: State, versions: Sequence[int] = ()) -> None:
        """Events of other services, in one batch; each newer than the last of its aggregate unless versions say."""
        raws = []
        for place, state in enumerate(states):
            aggregate_id: UUID = getattr(state, _AGGREGATE_ID[state.AGGREGATE])
            version = versions[place] if versions else self.versions.get(aggregate_id, 0) + 1
            self.versions[aggregate_id] = max(version, self.versions.get(aggregate_id, 0))
            raws.append(record(envelope(aggregate_id, version, state, _EVENT[state.AGGREGATE]), offset=place))
        await self.applier.apply(raws)

    async def take(self, body: bytes, webhook_id: str = "d-1") -> Answer:
        """One delivery straight into the intake that all calls of this method share."""
        incoming = read_delivery(body, webhook_id=webhook_id, now=utc_now(), new_id=new_id, traceparent=None)
        return await self.intake.take(SOURCE, incoming, utc_now())

    async def assess(self) -> int:
        """Works off every mark; answers how many rounds had work."""
        rounds = 0
        while await assess_pending(self.worker, shipped(), now=utc_now(), new_id=new_id):
            rounds += 1
            assert rounds < 100
        return rounds

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows as the worker sees them."""
        async with self.worker.connect() as connection:
            return list(await connection.execute(sa.text(statement), values))

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        return int((await self.rows(f"SELECT count(*) FROM {table}"))[0][0])  # tests' own words

    async def results(self) -> dict[UUID, Result]:
        """Every result that was written."""
        rows = await self.rows("SELECT enrolment_id, result FROM enrolment WHERE result IS NOT NULL")
        return {row.enrolment_id: msgspec.json.decode(row.result, type=Result) for row in rows}

    async def result(self, enrolment_id: UUID = ENROLMENT) -> Result:
        """One result, after every mark was worked off."""
        await self.assess()
        return (await self.results())[enrolment_id]

    async def said(self, enrolment_id: UUID = ENROLMENT) -> list[str]:
        """The names of the events said of a result, oldest first."""
        rows = await self.rows(
            "SELECT type FROM outbox WHERE aggregate_id = :id AND aggregate_type = 'result' ORDER BY version",
            id=enrolment_id,
        )
        return [row.type.split(".")[-2] for row in rows]

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Whatever a webhook may move: evidence, meetings, claims, marks, results, what was said."""
        asked = {
            "evidence": "SELECT vendor, event_id, content_hash FROM evidence ORDER BY 1, 2",
            "study": "SELECT course, learner FROM study ORDER BY 1, 2",
            "claim": "SELECT enrolment_id, course, learner FROM claim ORDER BY 1, 2, 3",
            "pending": "SELECT enrolment_id FROM pending ORDER BY id",
            "enrolment": "SELECT enrolment_id, status, result FROM enrolment ORDER BY 1",
            "outbox": "SELECT aggregate_id, version FROM outbox ORDER BY id",
        }
        return {name: [tuple(row) for row in await self.rows(statement)] for name, statement in asked.items()}

    def token(
        self, role: Role, *, person: UUID | None = None, province: UUID = PROVINCE, account: str = "", **over: Any
    ) -> str:
        """An internal token for a role over something."""
        principal = Principal(
            account=account or f"{role}@test",
            province_id=province,
            person_id=person,
            grants=[Grant(role=role, **over)],
        )
        return mint(principal, "grading", self.key, utc_now())

    @property
    def core(self) -> str:
        """The core teacher of the first class."""
        return self.token(Role.CORE_TEACHER, person=CORE, class_id=CLASS, account=vendor.GRADER)

    @property
    def lecturer(self) -> str:
        """A lecturer of the institution."""
        return self.token(Role.INSTITUTION_LECTURER, person=LECTURER, audience=AUDIENCE)

    @property
    def officer(self) -> str:
        """The province's officer."""
        return self.token(Role.PROVINCE_OFFICER, person=OFFICER)

    @property
    def leader(self) -> str:
        """The department's leader, who approves."""
        return self.token(Role.DEPARTMENT_LEADER, person=LEADER)

    async def call(
        self, token: str | None, method: str, path: str, body: Any = None, *, at: str = DECIDED_AT, **more: Any
    ) -> httpx.Response:
        """One call."""
        headers = {**more.pop("headers", {})}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if at and method != "GET":  # nothing that is read depends on it, and not everyone who reads may set it
            headers["x-with-server-date"] = at
        return await self.http.request(method, f"/api/v1{path}", json=body, headers=headers, **more)

    async def done(self, token: str, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """One call that must succeed; its JSON."""
        answer = await self.call(token, method, path, body, **more)
        assert answer.status_code < 300, (path, answer.status_code, answer.text[:2000])
        return answer.json()

    async def deliver(self, body: bytes, *, vendor_name: str = "viettel", webhook_id: str = "d-1") -> httpx.Response:
        """One delivery as the gateway hands it on."""
        principal = Principal(account=f"vendor:{vendor_name}", source=vendor_name, grants=[Grant(role=Role.VENDOR)])
        headers = {
            "authorization": f"Bearer {mint(principal, 'grading', self.key, utc_now())}",
            "content-type": "application/json",
            "webhook-id": webhook_id,
        }
        return await self.http.post(f"/internal/deliveries/{vendor_name}", content=body, headers=headers)

    async def verdict(self, gate: str, *enrolments: UUID, met: bool = True, reason: str | None = None) -> list[Any]:
        """Verdicts by whoever gives them at this gate; the problems, None for each that was accepted."""
        rows = [{"enrolment_id": str(one), "met": met, "reason": reason} for one in enrolments]
        token = self.core if gate == "core_team" else self.lecturer
        answer = await self.done(token, "POST", "/verdicts", {"gate": gate, "verdicts": rows})
        return [item["problem"] for item in answer["items"]]

    async def draft(self, *enrolments: UUID, title: str = "Danh sách 1") -> str:
        """A list made by the officer."""
        body = {"title": title, "enrolment_ids": [str(one) for one in enrolments]}
        return str((await self.done(self.officer, "POST", "/recognition-lists", body))["id"])

    async def approve(self, list_id: str, *, at: str = DECIDED_AT) -> httpx.Response:
        """The leader's approval."""
        return await self.call(self.leader, "POST", f"/recognition-lists/{list_id}/approve", at=at)


@pytest.fixture(scope="session")
def signing_key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)


@pytest.fixture
async def grading(databases: Databases, signing_key: ECKey, tmp_path: Path) -> AsyncIterator[Grading]:
    await databases.clean("grading")
    jwks = tmp_path / "jwks.json"
    public = KeySet([ECKey.import_key(signing_key.as_dict(private=False))]).as_dict(private=False)
    jwks.write_bytes(msgspec.json.encode(public))
    urls = databases.urls("grading")
    settings = Settings.model_validate(
        {
            "BDTX_ENV": "local",
            "port": 1,
            "database_url": urls["api"],
            "worker_database_url": urls["worker"],
            "KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "INTERNAL_JWKS_FILE": str(jwks),
        }
    )
    api, worker = make_engine(urls["api"], pool_size=4), make_engine(urls["worker"], pool_size=6)
    async with build(settings, "api") as parts:
        # Faults come out as the problems that callers get.
        transport = httpx.ASGITransport(parts.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://grading", timeout=60) as http:
            made = Grading(http, api, worker, signing_key, Intake(api, new_id), urls)
            await made.done(made.officer, "POST", "/sources", {"vendor": "viettel"})
            yield made
    await api.dispose()
    await worker.dispose()


@pytest.fixture
async def passing(grading: Grading) -> Grading:
    """One learner whose LMS gate is met: total 68.50."""
    await grading.hear(enrolment())
    await grading.take(vendor.batch(vendor.whole_course()))
    await grading.assess()
    return grading
