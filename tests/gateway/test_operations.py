"""The lists over all services."""

from __future__ import annotations

import pytest

from tests.gateway.conftest import Stack

PARKED = {"roster": [], "grading": ["g1", "g2", "g3"], "certificates": ["c1"], "reporting": ["r1", "r2"]}


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_every_parked_event_is_listed_once_page_by_page(stack: Stack, limit: int) -> None:
    stack.behind.parked = PARKED
    headers = await stack.login()
    seen: list[tuple[str, str]] = []
    query = {"limit": str(limit)}
    for _ in range(20):
        async with stack.client.get(f"{stack.url}/api/v1/parked", params=query, headers=headers) as answer:
            assert answer.status == 200
            page = await answer.json()
        assert page["total"] == 6
        assert page["items"]
        seen += [(item["service"], item["id"]) for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == [(service, id_) for service, ids in PARKED.items() for id_ in ids]


async def test_a_decision_reaches_the_service_that_knows_the_event(stack: Stack) -> None:
    stack.behind.parked = PARKED
    url = f"{stack.url}/api/v1/parked"
    headers = await stack.login()
    async with stack.client.post(f"{url}/c1/discard", json={"reason": "x"}, headers=headers) as answer:
        assert (answer.status, (await answer.json())["audience"]) == (200, "certificates")
    async with stack.client.post(f"{url}/none/release", headers=headers) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("cursor", ["x", "WyJub2JvZHkiLG51bGxd", "W10="])
async def test_a_bad_cursor_is_400_and_no_log_in_401(stack: Stack, cursor: str) -> None:
    url = f"{stack.url}/api/v1/parked?cursor={cursor}"
    async with stack.client.get(url, headers=await stack.login()) as answer:
        assert answer.status == 400
    async with stack.client.get(url) as answer:
        assert answer.status == 401
