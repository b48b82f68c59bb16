"""The status page, its data, the merged OpenAPI document."""

from __future__ import annotations

import io
import json
import re

import pytest

from shared.events.documents import ASYNCAPI
from tests.gateway.conftest import OFFICER, Stack

FIGURES = {"persons": 9935, "enrolments": 10365, "classes": 213, "with_account": 9000, "certified": 5183}


def watch(stack: Stack) -> None:
    items = [{"account": "x@y.vn", "role": "auditor", "units": []}, {"account": OFFICER, "role": "province_officer"}]
    (stack.folder / "accounts.json").write_text(json.dumps({"items": items}))
    stack.behind.figures = FIGURES


async def test_the_page_shows_the_provinces_way_in_vietnamese_and_on_request_in_english(stack: Stack) -> None:
    watch(stack)
    async with stack.client.get(f"{stack.url}/") as answer:
        page = await answer.text()
    assert 'lang="vi"' in page
    assert "10.365" in page
    assert "Có giấy chứng nhận" in page
    assert "50,0%" in page
    assert "Tỉnh &lt;Long An&gt;" in page
    async with stack.client.get(f"{stack.url}/?lang=en") as answer:
        page = await answer.text()
    assert 'lang="en"' in page
    assert "10,365" in page
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


async def test_the_data_names_each_service_and_holds_the_report(stack: Stack) -> None:
    watch(stack)
    async with stack.client.get(f"{stack.url}/status.json") as answer:
        status = await answer.json()
    assert status["services"] == dict.fromkeys(("roster", "grading", "certificates", "reporting"), "ready")
    assert status["ready"] is True
    assert status["report"]["figures"] == FIGURES


async def test_one_document_shows_all_services_and_nothing_internal(stack: Stack) -> None:
    async with stack.client.get(f"{stack.url}/openapi.json") as answer:
        document = await answer.json()
    assert document["x-unavailable"] == []
    paths = document["paths"]
    assert paths["/api/v1/units"]["get"]["security"] == [{"bearer": []}]
    assert {"/api/v1/roster/parked", "/api/v1/grading/parked", "/webhooks/lms/{vendor}", "/local/token"} <= paths.keys()
    assert not any(path.startswith("/internal") for path in paths)
    schema = paths["/api/v1/units"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["$ref"].removeprefix("#/components/schemas/") in document["components"]["schemas"]
    async with stack.client.get(f"{stack.url}/docs?lang=en") as answer:
        page = await answer.text()
    assert "/api/v1/units" in page
    assert "<script" not in page


async def test_the_document_of_the_events_is_the_one_in_the_repository(stack: Stack) -> None:
    async with stack.client.get(f"{stack.url}/asyncapi.json") as answer:
        assert answer.status == 200
        assert answer.content_type == "application/json"
        assert await answer.json() == json.loads(ASYNCAPI.read_bytes())


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_every_link_of_the_page_leads_somewhere_without_a_log_in(stack: Stack, lang: str) -> None:
    watch(stack)
    async with stack.client.get(f"{stack.url}/?lang={lang}") as answer:
        page = await answer.text()
    links = set(re.findall(r'href="(/[^"]*)"', page))
    plain = {"/openapi.json", "/asyncapi.json", "/readyz", "/metrics", "/status.json", "/local/accounts", "/login"}
    docs = "/docs?lang=en" if lang == "en" else "/docs"
    assert links == plain | {docs, f"{docs}#reporting", f"{docs}#gateway"}
    for link in links:
        path, _, anchor = link.partition("#")
        async with stack.client.get(stack.url + path) as answer:
            assert answer.status == 200, link
            if anchor == "gateway":  # the stand-in services have no operation of reporting's
                assert f'id="{anchor}"' in await answer.text()
    form = re.search(r'<form[^>]* action="([^"]+)" method="post" enctype="multipart/form-data">', page)
    assert form is not None
    async with stack.client.post(stack.url + form[1], data={"file": io.BytesIO(b"%PDF")}) as answer:
        assert answer.status == 200
    assert stack.behind.last()["path"] == "/verify"


async def test_the_gateways_own_routes_bound_their_bodies_too(stack: Stack) -> None:
    async def pieces() -> object:
        for _ in range(40):
            yield b"x" * 65_536

    headers = {"content-type": "application/json"}
    async with stack.client.post(f"{stack.url}/local/token", data=pieces(), headers=headers) as answer:
        assert answer.status == 413
