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
        assert len(page["items"]) == min(limit, 6 - len(seen)) > 0, "no page is half empty before the last, none empty"
        seen += [(item["service"], item["id"]) for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == [(service, id_) for service, ids in PARKED.items() for id_ in ids]


KNOWN = "01980000-0000-7000-8000-00000000000c"
UNKNOWN = "01980000-0000-7000-8000-00000000000d"


async def test_a_question_and_a_decision_reach_the_service_that_knows_the_event(stack: Stack) -> None:
    stack.behind.parked = {"certificates": [KNOWN]}
    url = f"{stack.url}/api/v1/parked"
    headers = await stack.login()
    async with stack.client.post(f"{url}/{KNOWN}/discard", json={"reason": "x"}, headers=headers) as answer:
        assert (answer.status, (await answer.json())["audience"]) == (200, "certificates")
    assert stack.behind.last()["length"] == len(b'{"reason": "x"}')
    async with stack.client.get(f"{url}/{KNOWN}", headers=headers) as answer:
        assert (answer.status, (await answer.json())["method"]) == (200, "GET")
    for ask in (stack.client.get(f"{url}/{UNKNOWN}", headers=headers),
                stack.client.post(f"{url}/{UNKNOWN}/release", headers=headers)):  # fmt: skip
        async with ask as answer:
            assert answer.status == 404


async def test_a_service_that_is_down_hides_no_event_of_another_and_makes_an_unknown_one_503(stack: Stack) -> None:
    stack.behind.parked = {"certificates": [KNOWN]}
    stack.behind.away = {"roster"}
    url = f"{stack.url}/api/v1/parked"
    headers = await stack.login()
    async with stack.client.post(f"{url}/{KNOWN}/release", headers=headers) as answer:
        assert answer.status == 200
    async with stack.client.post(f"{url}/{UNKNOWN}/release", headers=headers) as answer:
        assert answer.status == 503


async def test_no_other_word_than_these_two_is_a_decision_and_an_id_is_an_id(stack: Stack) -> None:
    url = f"{stack.url}/api/v1/parked"
    headers = await stack.login()
    for path in ("x/release", f"{KNOWN}/apply", "..%3Fx/release"):
        async with stack.client.post(f"{url}/{path}", headers=headers) as answer:
            assert answer.status == 422, path
    assert stack.behind.seen == []


@pytest.mark.parametrize("cursor", ["x", "WyJub2JvZHkiLG51bGxd", "W10="])
async def test_a_bad_cursor_is_400_and_no_log_in_401(stack: Stack, cursor: str) -> None:
    url = f"{stack.url}/api/v1/parked?cursor={cursor}"
    async with stack.client.get(url, headers=await stack.login()) as answer:
        assert answer.status == 400
    async with stack.client.get(url) as answer:
        assert answer.status == 401


async def test_one_service_alone_is_listed_with_its_own_total_and_no_cursor_of_another(stack: Stack) -> None:
    stack.behind.parked = PARKED
    headers = await stack.login()
    url = f"{stack.url}/api/v1/parked"
    async with stack.client.get(url, params={"service": "grading", "limit": "2"}, headers=headers) as answer:
        page = await answer.json()
    assert ([one["id"] for one in page["items"]], page["total"]) == (["g1", "g2"], 3)
    following = {"service": "grading", "limit": "2", "cursor": page["next"]}
    async with stack.client.get(url, params=following, headers=headers) as answer:
        last = await answer.json()
    assert ([one["id"] for one in last["items"]], last["next"]) == (["g3"], None)
    async with stack.client.get(url, params=following | {"service": "roster"}, headers=headers) as answer:
        assert answer.status == 400
    async with stack.client.get(url, params={"service": "nobody"}, headers=headers) as answer:
        assert answer.status == 422
