"""One service under bad input: its own builder's app, calls to it in anyone's name, and what its database holds."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey

from shared import parking
from shared.clock import new_id, utc_now
from shared.database import make_engine
from shared.identity import Grant, Principal, Role
from shared.tokens import mint
from tests.every_service.services import built
from tests.support.databases import Databases
from tests.support.states import OTHER_PROVINCE, PROVINCE, envelope, number, record, unit

NOBODY = UUID("01980000-0000-7000-8000-00000000dead")
"""An id that nothing has."""
OFFICE = frozenset(Role) - {Role.LEARNER}
JSON = "application/json"

CANARY = "080180012345-canary"
"""An identity number as someone might send it."""

_TABLES = """
    SELECT relname FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


@dataclass
class Service:
    """A service with two parked events in our province and two in another; `parked` is the first of each."""

    name: str
    app: FastAPI
    http: httpx.AsyncClient
    key: ECKey
    owner: str
    parked: dict[UUID, str]

    def token(
        self, *roles: Role, province: UUID = PROVINCE, account: str = "so.01@test", person: UUID | None = None
    ) -> dict[str, str]:
        """The header of someone with these roles over the whole province; of every role in the office unless said."""
        grants = [Grant(role=role) for role in roles or sorted(OFFICE)]
        who = Principal(account=account, province_id=province, person_id=person or number(1, kind=9), grants=grants)
        return {"authorization": f"Bearer {mint(who, self.name, self.key, utc_now())}"}

    async def call(
        self, method: str, place: str, *, who: dict[str, str] | None = None, headers: Any = None, **more: Any
    ) -> httpx.Response:
        """One call; by the office unless said."""
        return await self.http.request(method, place, headers=(who or self.token()) | (headers or {}), **more)

    async def held(self) -> dict[str, int]:
        """How many rows each table that has any holds."""
        connection = await asyncpg.connect(self.owner)
        try:
            names = [row["relname"] for row in await connection.fetch(_TABLES)]
            counted = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS rows FROM \"{name}\"" for name in names)
            return {row["name"]: row["rows"] for row in await connection.fetch(counted) if row["rows"]}
        finally:
            await connection.close()

    def routes(self, *methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Method, template of the address and operation of each route that the OpenAPI document names."""
        for path, operations in self.app.openapi()["paths"].items():
            for method, operation in operations.items():
                if method.upper() in methods:
                    yield method.upper(), path, operation

    def reads(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Address and operation of each GET; its required query as it should be, its ids nobody's."""
        wanted = {"kind": "personnel", "year": "2021"}
        for _, path, operation in self.routes("GET"):
            asked = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query" and one["required"]]
            yield f"{at(path)}?{urlencode({name: wanted[name] for name in asked})}", operation

    def lists(self) -> Iterator[str]:
        """Address of each list in pages."""
        for place, operation in self.reads():
            if "cursor" in {one["name"] for one in operation.get("parameters", [])}:
                yield place

    def json_writes(self) -> Iterator[tuple[str, str, bool]]:
        """Method and address of each route with a JSON body, and whether it must have one."""
        for method, path, operation in self.routes("POST", "PUT", "PATCH"):
            body = operation.get("requestBody", {})
            if JSON in body.get("content", {}):
                yield method, at(path), bool(body.get("required"))


def at(path: str, id_: object = NOBODY) -> str:
    """An address whose every id is this one."""
    return re.sub(r"\{[^}]+\}", str(id_), path.replace("{form}", "3"))


def has_id(path: str) -> bool:
    """Whether an address names a thing by its id; the four forms are no ids."""
    return "{" in path.replace("{form}", "")


def refused(answer: httpx.Response, status: int, *said: object) -> None:
    """Asserts that it is a problem of this status, in the form of RFC 9457, which repeats nothing that was sent."""
    what = (*said, answer.status_code, answer.text[:500])
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), what
    assert answer.json()["status"] == status, what
    address = len(answer.request.url.raw_path)  # which a problem names, whatever its length
    assert len(answer.content) < 4_096 + address, (*said, "the payload came back")
    assert CANARY not in answer.text, (*said, "the payload came back")


@asynccontextmanager
async def opened(name: str, databases: Databases, folder: Path) -> AsyncIterator[Service]:
    """The service on its emptied database."""
    urls = databases.urls(name)
    await databases.clean(name)
    with pytest.MonkeyPatch.context() as patch:
        async with built(name, urls, folder, patch) as (parts, client):
            key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
            (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
            yield Service(name, parts.app, client, key, urls["owner"], await _parked(urls["worker"]))


async def _parked(worker: str) -> dict[UUID, str]:
    engine = make_engine(worker, pool_size=1)
    async with engine.begin() as connection:
        for place, province in enumerate((PROVINCE, OTHER_PROVINCE, PROVINCE, OTHER_PROVINCE)):
            event = envelope(
                number(place, kind=4), 1, unit(number(place, kind=4), "Một", province_id=province), "unit_changed"
            )
            await parking.park(connection, record(event, offset=place), event, "bad", now=utc_now(), new_id=new_id)
        rows = await connection.exec_driver_sql("SELECT province_id, id FROM parked_event ORDER BY id DESC")
        found = {row.province_id: str(row.id) for row in rows}
    await engine.dispose()
    return found
