"""What a service shows those who oversee it: its parked events and its audit, a province at a time, page by page."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import audit, parking
from shared.audit import Act
from shared.clock import new_id
from shared.database import transaction
from shared.identity import Role
from tests.every_service.services import SERVICES, built
from tests.shared.conftest import Ask
from tests.support.states import NOW, OTHER_PROVINCE, PROVINCE, envelope, number, record, unit


async def decide(engine: AsyncEngine, count: int, province_id: UUID = PROVINCE) -> list[str]:
    """So many decisions one after another; their objects' ids."""
    names = [f"object {n}" for n in range(count)]
    for name in names:
        act = Act(province_id=province_id, account="leader@test", person_id=None, at=NOW, new_id=new_id, request_id="r")
        async with transaction(engine, province_id) as connection:
            await audit.record(connection, act, "thing.do", "thing", [(name, {"size": 1, "tên": "Đạt"})])
    return names


async def park(engine: AsyncEngine, count: int, province_id: UUID = PROVINCE) -> None:
    async with engine.begin() as connection:
        for n in range(count):
            event = envelope(number(n), 1, unit(number(n), "U", province_id=province_id), "unit_changed")
            await parking.park(connection, record(event, offset=n), event, f"reason {n}", now=NOW, new_id=new_id)


async def walk(ask: Ask, path: str, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = (await ask(path, **query)).json()
        assert page["total"] == 7
        assert page["items"] != [], "a page that is exactly full leads to no empty one"
        items += page["items"]
        if page["next"] is None:
            return items
        query["cursor"] = page["next"]
        assert len(items) <= 7


async def test_the_audit_says_who_what_and_when_newest_first(engine: AsyncEngine, ask: Ask) -> None:
    names = await decide(engine, 7)
    await decide(engine, 2, OTHER_PROVINCE)
    for limit in (1, 3, 7, 50):
        items = await walk(ask, "/audit", limit)
        assert [item["object_id"] for item in items] == names[::-1]
        assert len({item["id"] for item in items}) == 7
    newest = (await ask("/audit")).json()["items"][0]
    assert newest | {"id": "", "recorded_at": ""} == {
        "id": "",
        "at": "2020-12-28T02:15:02Z",
        "recorded_at": "",
        "account": "leader@test",
        "action": "thing.do",
        "object_type": "thing",
        "object_id": "object 6",
        "details": {"size": 1, "tên": "Đạt"},
        "request_id": "r",
    }


async def test_what_is_parked_is_listed_oldest_first_with_its_whole_number(engine: AsyncEngine, ask: Ask) -> None:
    await park(engine, 7)
    for limit in (1, 3, 7, 50):
        items = await walk(ask, "/parked", limit)
        assert [item["reason"] for item in items] == [f"reason {n}" for n in range(7)]
    assert "data" not in items[0]


async def test_another_province_sees_nothing_of_it(engine: AsyncEngine, ask: Ask) -> None:
    await decide(engine, 1)
    await park(engine, 1)
    for path in ("/audit", "/parked"):
        assert (await ask(path)).json()["total"] == 1
        empty: dict[str, object] = {"items": [], "next": None, "total": 0}
        assert (await ask(path, province_id=OTHER_PROVINCE)).json() == empty


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/audit", {Role.AUDITOR, Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER}),
        ("/parked", {Role.AUDITOR, Role.PROVINCE_OFFICER, Role.OPERATOR}),
    ],
)
async def test_who_may_look(ask: Ask, path: str, roles: set[Role]) -> None:
    for role in Role:
        assert (await ask(path, role)).status_code == (200 if role in roles else 403), role
    assert (await ask(path, province_id=None)).status_code == 403
    for query, status in (({"limit": 0}, 422), ({"limit": 501}, 422), ({"cursor": "x"}, 400), ({"cursor": ""}, 400)):
        assert (await ask(path, **query)).status_code == status, query


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_has_both(service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = dict.fromkeys(("api", "worker"), "postgresql://x@127.0.0.1:1/x")
    async with built(service, nowhere, tmp_path, monkeypatch, "api") as (parts, _):
        assert {"/api/v1/parked", "/api/v1/audit"} <= set(parts.app.openapi()["paths"])
