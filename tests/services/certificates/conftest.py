"""Certificates on the embedded PostgreSQL: results are heard, jobs run, calls come as the gateway would make them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.adapters.drawing import Drawers
from services.certificates.main import build
from services.certificates.settings import Settings
from services.certificates.use_cases.drawing import draw_undrawn
from services.certificates.use_cases.issuing import issue_waiting
from shared.applying import Applier
from shared.audit import Act
from shared.clock import new_id, new_token, utc_now
from shared.database import make_engine
from shared.identity import Grant, Principal, Role
from shared.objects import ObjectStoreObjects
from shared.parking import Raw
from shared.process import Parts
from shared.tokens import mint
from tests.services.certificates.said import later
from tests.support.databases import Databases
from tests.support.states import PROVINCE

PUBLIC = "https://bdtx.example.vn"
ISSUER = {
    "audience": "teachers",
    "code": "ĐHSP",
    "issuer": "Trường Đại học Sư phạm Mẫu",
    "parent_body": "Bộ Giáo dục và Đào tạo",
    "programme": "Chương trình Giáo dục phổ thông 2018",
    "number_pattern": "{number:05d}/{year}/GCN-ĐHSP",
    "place": "Long An",
    "signer_title": "HIỆU TRƯỞNG",
    "valid_from": "2020-01-01",
}
MANAGERS = ISSUER | {"audience": "managers", "code": "HVQLGD", "number_pattern": "{number:04d}/{year}/GCN-HVQLGD"}


@dataclass
class Certificates:
    """A running service with one empty province."""

    parts: Parts
    http: httpx.AsyncClient
    worker: AsyncEngine
    api: AsyncEngine
    objects: ObjectStoreObjects
    folder: Path
    drawers: Drawers
    key: ECKey

    async def hear(self, records: Sequence[Raw]) -> None:
        """Applies records as the consumer would, and fails where one was parked."""
        await Applier(self.worker, self.parts.handlers, utc_now, new_id).apply(records)
        assert await self.rows("SELECT reason FROM parked_event") == []

    async def issue_batch(self, engine: AsyncEngine | None = None) -> int:
        """Runs the job once."""
        return await issue_waiting(engine or self.worker, PUBLIC, now=utc_now(), new_id=new_id, new_token=new_token)

    async def issue(self, engine: AsyncEngine | None = None) -> int:
        """Runs the job until nothing is due; how many it handled."""
        handled = 0
        while done := await self.issue_batch(engine):
            handled += done
        return handled

    async def draw(self, engine: AsyncEngine | None = None) -> int:
        """The same for papers."""
        handled = 0
        while done := await draw_undrawn(engine or self.worker, self.drawers, self.objects, now=utc_now()):
            handled += done
        return handled

    async def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Rows as the worker sees them."""
        async with self.worker.connect() as connection:
            return [dict(row) for row in (await connection.execute(sa.text(statement), values)).mappings()]

    async def register(self) -> list[tuple[str, int, int, str]]:
        """`(issuer, year, number, state)` of every number that was given."""
        rows = await self.rows(
            "SELECT issuer_code, register_year, register_number, state FROM certificate ORDER BY 1, 2, 3"
        )
        return [tuple(row.values()) for row in rows]

    async def said(self) -> list[tuple[str, dict[str, Any]]]:
        """`(event, state)` in the order of the outbox."""
        rows = await self.rows("SELECT type, data FROM outbox ORDER BY id")
        return [(row["type"].split(".")[3], msgspec.json.decode(row["data"])) for row in rows]

    async def assert_sound(self) -> None:
        """Registers have no gap and end where they say, nobody holds two, each row's newest event is its state."""
        gaps = await self.rows("""
            SELECT r.issuer_code, r.year, r.last_number, count(c.id), max(c.register_number)
            FROM register r LEFT JOIN certificate c ON (c.province_id, c.issuer_code, c.register_year)
                = (r.province_id, r.issuer_code, r.year)
            GROUP BY r.province_id, r.issuer_code, r.year
            HAVING count(c.id) <> r.last_number OR coalesce(max(c.register_number), 0) <> r.last_number
        """)
        assert gaps == []
        assert await self.rows("SELECT number FROM certificate GROUP BY issuer_code, number HAVING count(*) > 1") == []
        assert (
            await self.rows("""
                SELECT enrolment_id FROM certificate WHERE state = 'valid' GROUP BY 1 HAVING count(*) > 1
            """)
            == []
        )
        newest = {state["certificate_id"]: state["state"] for _, state in await self.said()}
        stored = {str(row["id"]): row["state"] for row in await self.rows("SELECT id, state FROM certificate")}
        assert newest == stored

    def papers(self) -> dict[str, bytes]:
        """Every file of the object store, by its key."""
        found = self.folder.rglob("*")
        return {str(file.relative_to(self.folder)): file.read_bytes() for file in found if file.is_file()}

    def token(self, role: Role = Role.PROVINCE_OFFICER, province_id: UUID = PROVINCE, **over: Any) -> str:
        """An internal token for a role over something; over the whole province unless said."""
        person_id = over.pop("person_id", None)
        principal = Principal(
            account=f"{role}@test", province_id=province_id, person_id=person_id, grants=[Grant(role=role, **over)]
        )
        return mint(principal, "certificates", self.key, utc_now())

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, at: str = "", **more: Any
    ) -> httpx.Response:
        """One call under the public prefix; as the province's officer unless a token is given."""
        headers = {"authorization": f"Bearer {token or self.token()}"}
        if at:
            headers["x-with-server-date"] = at
        return await self.http.request(method, f"/api/v1{path}", json=body, headers=headers, **more)

    async def done(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """One call that must succeed; its JSON."""
        answer = await self.call(method, path, body, **more)
        assert answer.status_code < 300, (path, answer.status_code, answer.text[:2000])
        return answer.json()

    async def lead(self, path: str, body: Any = None, *, days: int = 10, method: str = "POST") -> httpx.Response:
        """A decision of the department's leader, some days after the lists were approved."""
        return await self.call(method, path, body, token=self.token(Role.DEPARTMENT_LEADER), at=later(days).isoformat())

    async def put_issuers(self, *issuers: dict[str, str]) -> None:
        """By the leader; ISSUER where none is named."""
        for issuer in issuers or (ISSUER,):
            answer = await self.lead("/issuers", issuer)
            assert answer.status_code == 201, answer.text

    async def ids(self) -> list[UUID]:
        """Of all certificates, by number."""
        return [row["id"] for row in await self.rows("SELECT id FROM certificate ORDER BY issuer_code, number")]


def act(days: int = 10) -> Act:
    """A decision some days after the lists were approved."""
    return Act(province_id=PROVINCE, account="leader@test", person_id=None, at=later(days), new_id=new_id)


@pytest.fixture(scope="session")
def drawers() -> Iterator[Drawers]:
    """One process that draws, for all tests: it takes a second to start."""
    pool = Drawers(1)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def signing_key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)


@pytest.fixture
async def certificates(
    databases: Databases, signing_key: ECKey, drawers: Drawers, tmp_path: Path
) -> AsyncIterator[Certificates]:
    urls = databases.urls("certificates")
    await databases.clean("certificates")
    jwks = tmp_path / "jwks.json"
    public = KeySet([ECKey.import_key(signing_key.as_dict(private=False))]).as_dict(private=False)
    await asyncio.to_thread(jwks.write_bytes, msgspec.json.encode(public))
    folder = tmp_path / "objects"
    settings = Settings.model_validate(
        {
            "BDTX_ENV": "local",
            "port": 1,
            "public_url": PUBLIC,
            "database_url": urls["api"],
            "worker_database_url": urls["worker"],
            "KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "OBJECT_STORE_URL": folder.as_uri(),
            "INTERNAL_JWKS_FILE": str(jwks),
        }
    )
    api = make_engine(urls["api"], pool_size=2)
    async with build(settings, "all") as parts:
        transport = httpx.ASGITransport(parts.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://certificates", timeout=60) as http:
            assert parts.worker_engine is not None
            objects = ObjectStoreObjects(folder.as_uri())
            yield Certificates(parts, http, parts.worker_engine, api, objects, folder, drawers, signing_key)
    await api.dispose()
