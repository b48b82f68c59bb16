"""Engines of reporting's roles on a clean database, and a caller of its API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.ext.asyncio import AsyncEngine

from services.reporting import api
from shared.clock import utc_now
from shared.database import make_engine
from shared.identity import Grant, Principal, Role
from shared.settings import Environment
from shared.tokens import Verifier, mint
from shared.web import create_app
from tests.services.reporting.said import PROVINCE, days
from tests.support.databases import Databases

NOW = days(100)
Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def worker(databases: Databases) -> AsyncIterator[AsyncEngine]:
    databases.urls("reporting")
    await databases.clean("reporting")
    engine = make_engine(databases.urls("reporting")["worker"], pool_size=4)
    yield engine
    await engine.dispose()


@pytest.fixture
async def api_engine(databases: Databases) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(databases.urls("reporting")["api"], pool_size=2)
    yield engine
    await engine.dispose()


@pytest.fixture
async def ask(worker: AsyncEngine, api_engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Ask]:
    key = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, private=True, auto_kid=True)
    jwks = tmp_path / "jwks.json"
    jwks.write_bytes(msgspec.json.encode(KeySet([key]).as_dict(private=False)))

    async def nothing() -> dict[str, str]:
        return {}

    async def no_metrics() -> None:
        return None

    app = create_app(
        "reporting",
        environment=Environment.SANDBOX,
        verifier=Verifier(jwks, "reporting"),
        errors=api.ERRORS,
        readiness=nothing,
        refresh_metrics=no_metrics,
    )
    api.mount(app, api_engine)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reporting") as client:

        async def call(
            path: str = "/api/v1/reports/progress",
            grants: Sequence[Grant] = (Grant(role=Role.PROVINCE_OFFICER),),
            province_id: UUID = PROVINCE,
            now: datetime = NOW,
            person_id: UUID | None = None,
            headers: Mapping[str, str] | None = None,
            **query: str,
        ) -> httpx.Response:
            principal = Principal(account="officer", province_id=province_id, person_id=person_id, grants=list(grants))
            sent = dict(headers or {}) | {"authorization": f"Bearer {mint(principal, 'reporting', key, utc_now())}"}
            if any(grant.role not in (Role.AUDITOR, Role.LEARNER) for grant in grants):
                sent["x-with-server-date"] = now.isoformat()
            return await client.get(path, params=query, headers=sent)

        yield call
