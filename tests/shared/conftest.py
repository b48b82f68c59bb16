"""What the proofs of shared/ stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import operations
from shared.clock import utc_now
from shared.database import make_engine
from shared.identity import Grant, Principal, Role
from shared.settings import Environment
from shared.tokens import Verifier, mint
from shared.web import create_app
from tests.support.shared_tables import SharedTables
from tests.support.states import PROVINCE

Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def api(engine: AsyncEngine, shared_tables: SharedTables) -> AsyncIterator[AsyncEngine]:
    """The api role in the same database."""
    made = make_engine(shared_tables.api, pool_size=2)
    yield made
    await made.dispose()


@pytest.fixture
async def ask(api: AsyncEngine, tmp_path: Path) -> AsyncIterator[Ask]:
    """Calls in anyone's name to an application that has nothing but the routes of operations, by the api role."""
    key = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, private=True, auto_kid=True)
    jwks = tmp_path / "jwks.json"
    jwks.write_bytes(msgspec.json.encode(KeySet([key]).as_dict(private=False)))

    async def ready() -> dict[str, str]:
        return {}

    async def no_metrics() -> None:
        return None

    app = create_app(
        "roster",
        environment=Environment.PRODUCTION,
        verifier=Verifier(jwks, "roster"),
        errors={},
        readiness=ready,
        refresh_metrics=no_metrics,
    )
    operations.mount(app, api)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://roster") as client:

        async def call(
            path: str,
            role: Role = Role.AUDITOR,
            province_id: UUID | None = PROVINCE,
            *,
            method: str = "GET",
            body: Any = None,
            **query: Any,
        ) -> httpx.Response:
            principal = Principal(account=f"{role}@test", province_id=province_id, grants=[Grant(role=role)])
            headers = {"authorization": f"Bearer {mint(principal, 'roster', key, utc_now())}"}
            return await client.request(method, f"/api/v1{path}", params=query, headers=headers, json=body)

        yield call
