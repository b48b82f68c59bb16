"""Log-in and tokens with a real Keycloak (`make test-keycloak`): the way in, every refusal, keys that are rotated."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.login import keys
from gateway.server import server_of
from gateway.settings import Settings
from tests.gateway.conftest import OFFICER, PROVINCE, Behind, Stack, free_port, listening, prepare, running
from tests.gateway.login.conftest import Browser
from tests.gateway.login.test_login import leads_to
from tests.keycloak import server
from tests.keycloak.server import CLIENT, DISABLED, PASSWORD, REALM, SECRET, UNVERIFIED, Keycloak

pytestmark = pytest.mark.skipif(
    os.environ.get("KEYCLOAK") != "1", reason="needs a Keycloak: `make test-keycloak` (Java 17, Maven)"
)


@pytest.fixture(scope="module")
def keycloak() -> Iterator[Keycloak]:
    """One for all tests."""
    with server.running() as found:
        yield found


@pytest.fixture
async def stack(keycloak: Keycloak, tmp_path: Path) -> AsyncIterator[Stack]:
    """A gateway that trusts this Keycloak and knows nothing of it yet."""
    environment = prepare(tmp_path)
    for name in ("local_issuer_key_file", "local_accounts_file"):
        del environment[name]
    there, port, behind_port = Behind(tmp_path / "jwks.json"), free_port(), free_port()
    there.url = f"http://127.0.0.1:{behind_port}"
    there.grants = {name: [{"role": "province_officer", "unit_id": PROVINCE}] for name in (OFFICER, UNVERIFIED)}
    oidc = {
        "issuer": keycloak.issuer,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "public_url": f"http://127.0.0.1:{port}",
    }
    (tmp_path / "oidc.json").write_text(json.dumps(oidc))
    urls = {f"{name}_URL": there.url for name in ("ROSTER", "GRADING", "CERTIFICATES", "REPORTING")}
    settings = Settings(**{**environment, **urls, "BDTX_ENV": "sandbox", "oidc_file": tmp_path / "oidc.json"})
    async with (
        listening(server_of(there.app(), "127.0.0.1", behind_port)),
        running(settings, there, tmp_path, port) as found,
    ):
        yield found


async def form_of(browser: Browser, stack: Stack) -> str:
    """Begins a log-in; where Keycloak's form goes to."""
    begun = await browser.open(f"{stack.url}/login")
    form = await browser.open(begun.headers["location"])
    found = re.search(r'action="([^"]+)"', await form.text())
    assert found is not None
    return unescape(found[1])


async def enter(browser: Browser, stack: Stack, account: str, password: str = PASSWORD) -> aiohttp.ClientResponse:
    """What Keycloak answers to a name and a password."""
    return await browser.open(
        await form_of(browser, stack), "POST", data={"username": account, "password": password, "credentialId": ""}
    )


async def admin(keycloak: Keycloak, client: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
    """A call of Keycloak's administration."""
    form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": PASSWORD}
    async with client.post(f"{keycloak.base}/realms/master/protocol/openid-connect/token", data=form) as answer:
        token = (await answer.json())["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    async with client.request(
        method, f"{keycloak.base}/admin/realms/{REALM}{path}", json=body, headers=headers
    ) as done:
        assert done.status < 300, await done.text()
        return await done.json() if done.content_type == "application/json" else None


async def tokens(keycloak: Keycloak, client: aiohttp.ClientSession, account: str = OFFICER) -> dict[str, str]:
    """What a program gets for a name and a password."""
    form = {"grant_type": "password", "client_id": CLIENT, "client_secret": SECRET, "scope": "openid email"}
    form |= {"username": account, "password": PASSWORD}
    async with client.post(f"{keycloak.issuer}/protocol/openid-connect/token", data=form) as answer:
        found: dict[str, str] = await answer.json()
        return found


async def me(stack: Stack, token: str) -> int:
    """How `/me` answers a bearer."""
    async with stack.client.get(f"{stack.url}/me", headers={"authorization": f"Bearer {token}"}) as answer:
        return answer.status


async def test_a_person_logs_in_and_out(keycloak: Keycloak, stack: Stack) -> None:
    browser = Browser(stack.client)
    answer = await enter(browser, stack, OFFICER)
    assert answer.status == 302, await answer.text()
    back = await browser.open(answer.headers["location"])
    assert (back.status, back.headers["location"]) == (303, "/"), await back.text()
    shown = await browser.open(f"{stack.url}/me")
    assert (await shown.json())["account"] == OFFICER
    assert (await browser.open(answer.headers["location"])).status == 400, "a code works once"
    left = await browser.open(f"{stack.url}/logout", "POST", headers={"sec-fetch-site": "same-origin"})
    there = leads_to(await left.text())
    assert there.startswith(f"{keycloak.issuer}/protocol/openid-connect/logout?")
    assert (await browser.open(there)).status in (200, 302)
    assert (await browser.open(f"{stack.url}/me")).status == 401


async def test_whom_keycloak_does_not_vouch_for_gets_no_session(stack: Stack) -> None:
    for account, password in ((OFFICER, "wrong"), (DISABLED, PASSWORD), ("la@longan.edu.vn", PASSWORD)):
        assert (await enter(Browser(stack.client), stack, account, password)).status == 200, "the form again"
    browser = Browser(stack.client)
    answer = await enter(browser, stack, UNVERIFIED)
    assert (await browser.open(answer.headers["location"])).status == 400, "the address is not verified"
    assert "bdtx_session" not in browser.cookies


async def test_a_code_of_another_browser_is_refused(stack: Stack) -> None:
    answer = await enter(Browser(stack.client), stack, OFFICER)
    stranger = Browser(stack.client)
    await stranger.open(f"{stack.url}/login")
    assert (await stranger.open(answer.headers["location"])).status == 400
    assert "bdtx_session" not in stranger.cookies


async def test_only_access_tokens_for_us_are_taken(keycloak: Keycloak, stack: Stack) -> None:
    found = await tokens(keycloak, stack.client)
    assert await me(stack, found["access_token"]) == 200
    assert await me(stack, found["id_token"]) == 401
    assert await me(stack, found["refresh_token"]) == 401
    head, body, signature = found["access_token"].split(".")
    assert await me(stack, f"{head}.{body}.{signature[:-4]}AAAA") == 401
    form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": PASSWORD}
    url = f"{keycloak.base}/realms/master/protocol/openid-connect/token"
    async with stack.client.post(url, data=form) as answer:
        other_realm = (await answer.json())["access_token"]
    assert await me(stack, other_realm) == 401


async def test_rotated_keys_are_found_and_old_tokens_go_on(
    keycloak: Keycloak, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (await tokens(keycloak, stack.client))["access_token"]
    assert await me(stack, before) == 200
    realm_id = (await admin(keycloak, stack.client, "GET", ""))["id"]
    key = {
        "name": "newer",
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "parentId": realm_id,
        "config": {"priority": ["200"], "enabled": ["true"], "active": ["true"], "keySize": ["2048"]},
    }
    await admin(keycloak, stack.client, "POST", "/components", key)
    after = (await tokens(keycloak, stack.client))["access_token"]
    assert after.partition(".")[0] != before.partition(".")[0], "another key id"
    assert await me(stack, after) == 401, "asked for keys a moment ago"
    monkeypatch.setattr(keys, "AGAIN_AFTER_S", 0.0)
    assert await me(stack, after) == 200
    assert await me(stack, before) == 200
