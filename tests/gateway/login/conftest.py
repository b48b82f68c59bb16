"""A gateway in sandbox mode with a provider behind it, and a browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.server import server_of
from gateway.settings import Settings
from tests.gateway.conftest import OFFICER, PROVINCE, Behind, Stack, free_port, listening, prepare, running
from tests.gateway.login.provider import CLIENT, SECRET, Provider


@dataclass
class Browser:
    """Follows nothing by itself; keeps cookies as a browser does, by name."""

    client: aiohttp.ClientSession
    cookies: dict[str, str] = field(default_factory=dict)

    async def open(self, url: str, method: str = "GET", **more: Any) -> aiohttp.ClientResponse:
        """One call, with the cookies there are."""
        headers = dict(more.pop("headers", {}))
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.client.request(method, url, headers=headers, allow_redirects=False, **more)
        await answer.read()
        for line in answer.headers.getall("set-cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if not value:
                del self.cookies[name]
        return answer


@dataclass
class Site:
    """The gateway, the provider, and a browser with nothing in it."""

    stack: Stack
    provider: Provider
    browser: Browser

    async def to_callback(self, path: str = "/login") -> str:
        """Through `/login` and the provider; the address the browser is sent back to."""
        begun = await self.browser.open(f"{self.stack.url}{path}")
        assert begun.status == 303, await begun.text()
        there = await self.stack.client.get(begun.headers["location"], allow_redirects=False)
        return there.headers["location"]

    async def login(self, path: str = "/login") -> aiohttp.ClientResponse:
        """The whole way; the callback's answer."""
        return await self.browser.open(await self.to_callback(path))


@pytest.fixture
def make_browser() -> Callable[[aiohttp.ClientSession], Browser]:
    """A browser of its own, beside the site's."""
    return Browser


@pytest.fixture
def host() -> str:
    """The gateway's name, as browsers know it."""
    return "127.0.0.1"


@pytest.fixture
async def site(tmp_path: Path, host: str) -> AsyncIterator[Site]:
    """Everything anew for each test, for what a gateway knows of its provider is kept."""
    environment = prepare(tmp_path)
    there, provider = Behind(tmp_path / "jwks.json"), Provider()
    there.grants = {OFFICER: [{"role": "province_officer", "unit_id": PROVINCE}]}
    ports = [free_port(), free_port()]
    there.url, provider.url = (f"http://127.0.0.1:{port}" for port in ports)
    oidc = tmp_path / "oidc.json"
    for name in ("local_issuer_key_file", "local_accounts_file"):
        del environment[name]
    urls = {f"{name}_URL": there.url for name in ("ROSTER", "GRADING", "CERTIFICATES", "REPORTING")}
    port = free_port()
    oidc.write_text(
        json.dumps({
            "issuer": provider.url,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "public_url": f"http://{host}:{port}",
        })
    )  # fmt: skip
    settings = Settings(**{**environment, **urls, "BDTX_ENV": "sandbox", "oidc_file": oidc})
    async with (
        listening(server_of(there.app(), "127.0.0.1", ports[0])),
        listening(server_of(provider.app(), "127.0.0.1", ports[1])),
        running(settings, there, tmp_path, port) as stack,
    ):
        yield Site(stack, provider, Browser(stack.client))
