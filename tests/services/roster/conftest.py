"""Roster on the embedded PostgreSQL, called over HTTP as the gateway would call it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.sample.province import Province
from deploy.local.sample.province import build as build_sample
from services.roster.main import build
from services.roster.settings import Settings
from services.roster.use_cases.establish import establish
from shared.clock import utc_now
from shared.database import make_engine
from shared.identity import Grant, Principal, Role
from shared.tokens import mint
from tests.support.databases import Databases

PLAYED_AT = "2020-07-20T08:00:00+07:00"
OFFICER = "so.00@longan.edu.vn"


@pytest.fixture(scope="session")
def signing_key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)


@pytest.fixture(scope="session")
def sample() -> Province:
    return build_sample()


@dataclass
class Roster:
    """A running roster with one empty province, and calls to it in anyone's name."""

    http: httpx.AsyncClient
    worker: AsyncEngine
    key: ECKey
    province_id: UUID
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, role: Role = Role.PROVINCE_OFFICER, **over: Any) -> str:
        """An internal token for a role over something; over the whole province unless said."""
        person_id = over.pop("person_id", None)
        principal = Principal(
            account=f"{role}@test", province_id=self.province_id, person_id=person_id, grants=[Grant(role=role, **over)]
        )
        return mint(principal, "roster", self.key, utc_now())

    async def call(
        self, method: str, path: str, body: Any = None, *, at: str = PLAYED_AT, token: str | None = None, **more: Any
    ) -> httpx.Response:
        """One call; as the province's officer unless a token is given."""
        headers = {"authorization": f"Bearer {token or self.token()}", **more.pop("headers", {})}
        if at and not path.startswith("/internal"):  # the gateway, who alone asks there, has no role to set the clock
            headers["x-with-server-date"] = at
        url = path if path.startswith("/internal") else f"/api/v1{path}"
        return await self.http.request(method, url, json=body, headers=headers, **more)

    async def done(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """One call that must succeed; its JSON."""
        answer = await self.call(method, path, body, **more)
        assert answer.status_code < 300, (path, answer.status_code, answer.text[:2000])
        return answer.json()

    async def upload(self, content: bytes, name: str = "a.xlsx") -> httpx.Response:
        """Sends a workbook as the raw body."""
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        headers = {
            "authorization": f"Bearer {self.token()}",
            "content-type": kind,
            "x-file-name": name,
            "x-with-server-date": PLAYED_AT,
        }
        return await self.http.post("/api/v1/imports?kind=personnel", content=content, headers=headers)

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows as the worker sees them."""
        async with self.worker.connect() as connection:
            return list(await connection.execute(sa.text(statement), values))

    async def events(self, event: str) -> list[dict[str, Any]]:
        """The states said under an event's name, in the order of the outbox."""
        rows = await self.rows(
            "SELECT data FROM outbox WHERE type = :type ORDER BY id", type=f"vn.bdtx.roster.{event}.v1"
        )
        return [msgspec.json.decode(row.data) for row in rows]


@pytest.fixture
async def roster(databases: Databases, signing_key: ECKey, tmp_path: Path) -> AsyncIterator[Roster]:
    await databases.clean("roster")
    jwks = tmp_path / "jwks.json"
    public = KeySet([ECKey.import_key(signing_key.as_dict(private=False))]).as_dict(private=False)
    jwks.write_bytes(msgspec.json.encode(public))
    urls = databases.urls("roster")
    settings = Settings.model_validate(
        {
            "BDTX_ENV": "local",
            "port": 1,
            "database_url": urls["api"],
            "worker_database_url": urls["worker"],
            "KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "OBJECT_STORE_URL": (tmp_path / "objects").as_uri(),
            "INTERNAL_JWKS_FILE": str(jwks),
        }
    )
    worker = make_engine(urls["worker"], pool_size=2)
    at = datetime.fromisoformat("2020-01-02T08:00:00+07:00").astimezone(UTC)
    province_id = await establish(worker, code="80", name="Long An", officer=OFFICER, at=at)
    async with build(settings, "api") as parts:
        # Faults come out as the problems that callers get.
        transport = httpx.ASGITransport(parts.app, raise_app_exceptions=False)
        english = {"accept-language": "en"}  # the code's own sentences
        async with httpx.AsyncClient(
            transport=transport, base_url="http://roster", headers=english, timeout=60
        ) as http:
            yield Roster(http, worker, signing_key, province_id)
    await worker.dispose()
