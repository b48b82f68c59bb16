"""The security headers on every answer: of every route, by every method, proxied or our own, whole or refused."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from multidict import CIMultiDictProxy

from deploy.local.dashboard.addresses import addresses
from gateway.main import build
from gateway.routes import ROUTES
from gateway.security import ALWAYS, POLICY
from gateway.settings import Settings
from tests.gateway.conftest import Behind, Stack, running
from tests.gateway.test_dashboard import built
from tests.gateway.test_pages import watch

ROOT = Path(__file__).parents[2]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MORE = ["/nothing", "/api/v1/nothing", "/internal/grants", "/webhooks/lms/viettel", "/assets/index-1.js", "/verify//x"]


def assert_secured(headers: CIMultiDictProxy[str], where: str) -> None:
    """Each of them once, ours or (the policy alone) a stricter one of the page's own."""
    for name, value in ALWAYS:
        found = headers.getall(name.decode(), [])
        assert len(found) == 1, (where, name, found)
        if name != b"content-security-policy":
            assert found == [value.decode()], where
    policy = headers["content-security-policy"]
    assert "http" not in policy, where
    for directive in ("default-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert directive in policy, where
    assert "server" not in headers, where


async def paths(environment: dict[str, Any]) -> list[str]:
    """Every path of the gateway's own application and of its table, its parameters filled in."""
    async with build(Settings(**environment)) as gateway:
        own = [str(getattr(route, "path", "")) for route in gateway._parts.local_app.router.routes]
    filled = [re.sub(r"\{[^}]+\}", "x", path) for path in own]
    return sorted({*filled, *(f"{route.path}/x" for route in ROUTES), *MORE})


async def test_every_route_by_every_method(stack: Stack, environment: dict[str, Any]) -> None:
    watch(stack)
    built(stack)
    found: Counter[int] = Counter()
    logged_in = await stack.login()
    for path in await paths(environment):
        for method in METHODS:
            for headers in ({}, logged_in):
                url = stack.url + path
                async with stack.client.request(method, url, headers=headers, allow_redirects=False) as answer:
                    await answer.read()
                    assert_secured(answer.headers, f"{method} {path}")
                    assert "strict-transport-security" not in answer.headers
                    found[answer.status] += 1
    assert {200, 303, 400, 401, 403, 404, 405} <= found.keys()
    assert found[500] == 0
    assert sum(found.values()) > 700


@pytest.mark.parametrize("status", [200, 204, 206, 303, 304, 404, 409, 503])
@pytest.mark.parametrize("kind", ["application/json", "application/pdf", "text/html", "application/xlsx"])
async def test_what_a_service_answers_carries_them_whatever_it_is(stack: Stack, status: int, kind: str) -> None:
    weaker = {
        "x-frame-options": "ALLOWALL",
        "referrer-policy": "unsafe-url",
        "content-security-policy": "default-src *",
    }
    stack.behind.answer = (status, {"content-type": kind} | weaker)
    async with stack.client.get(f"{stack.url}/verify/x", allow_redirects=False) as answer:
        assert answer.status == status
        assert_secured(answer.headers, f"{status} {kind}")
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["content-type"] == kind


async def test_in_production_browsers_are_told_to_come_by_https_alone(environment: dict[str, Any]) -> None:
    folder = environment["signing_key_file"].parent
    for name in ("local_issuer_key_file", "local_accounts_file"):
        del environment[name]
    settings = Settings(**environment | {"BDTX_ENV": "production"})
    async with running(settings, Behind(folder / "jwks.json"), folder) as stack:
        for path in ("/", "/verify/x", "/api/v1/people", "/nothing"):
            async with stack.client.get(stack.url + path) as answer:
                assert answer.headers.getall("strict-transport-security") == ["max-age=31536000"]
                assert_secured(answer.headers, path)


PAGES = [*(ROOT / "gateway" / "templates").iterdir(), *(ROOT / "services").rglob("*.html")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_of_ours_names_an_address_of_somebody_else(page: Path) -> None:
    assert list(addresses(page.read_text(encoding="utf-8"))) == []
