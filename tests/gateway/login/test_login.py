"""A person's log-in with an OpenID provider: the way through, and every way that must not lead in."""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from joserfc.jwk import OctKey

from gateway.login.keys import AGAIN_AFTER_S, FRESH_S, KeysAwayError, PublishedKeys
from gateway.login.sessions import Cookies
from tests.gateway.conftest import OFFICER
from tests.gateway.login.conftest import Browser, Site
from tests.gateway.login.provider import CLIENT, rsa


async def test_a_person_logs_in_is_who_she_is_and_leaves(site: Site) -> None:
    answer = await site.login("/login?next=/reports?unit=1")
    assert (answer.status, answer.headers["location"]) == (303, "/reports?unit=1")
    cookie = next(line for line in answer.headers.getall("set-cookie") if line.startswith("bdtx_session="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert OFFICER not in cookie

    me = await site.browser.open(f"{site.stack.url}/me")
    assert (await me.json())["account"] == OFFICER
    assert (await site.browser.open(f"{site.stack.url}/api/v1/people")).status == 200
    seen = site.stack.behind.last()
    assert (seen["account"], seen["audience"]) == (OFFICER, "roster")
    assert "cookie" not in dict(seen["headers"])

    same = {"sec-fetch-site": "same-origin"}
    left = await site.browser.open(f"{site.stack.url}/logout", "POST", headers=same)
    assert (left.status, left.headers["cache-control"]) == (200, "no-store")
    there = f"{site.provider.url}/logout?client_id={CLIENT}"
    assert leads_to(await left.text()).startswith(there), "a page that goes on: a redirect would answer a form"
    assert (await site.browser.open(f"{site.stack.url}/me")).status == 401


def leads_to(page: str) -> str:
    """Where a page goes on to by itself."""
    found = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]+)">', page)
    assert found is not None, page
    return unescape(found[1])


async def test_an_account_that_roster_does_not_know_is_told_what_to_do_and_gets_no_session(site: Site) -> None:
    site.provider.account = "khong.ai@longan.edu.vn"
    answer = await site.login()
    text = await answer.text()
    assert answer.status == 403
    assert "chưa có trong danh sách" in text
    assert "khong.ai@longan.edu.vn" in text
    assert site.browser.cookies == {}


@pytest.mark.parametrize(
    "spoil",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"azp": "another-client"},
        {"iss": "https://elsewhere.example"},
        {"iss": ["https://elsewhere.example"]},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"sub": None},
        {"email": None},
        {"email": ["so.01@longan.edu.vn"]},
        {"email_verified": False},
        {"email_verified": "true"},
    ],
    ids=lambda spoil: json.dumps(spoil)[:50],
)
async def test_an_id_token_that_proves_nothing_leads_nowhere(site: Site, spoil: dict[str, Any]) -> None:
    site.provider.spoil = spoil
    answer = await site.login()
    assert (answer.status, site.browser.cookies) == (400, {})


async def test_a_key_that_is_not_the_providers_leads_nowhere(site: Site) -> None:
    for signer in (rsa("k1"), rsa("strange")):
        site.provider.signer = signer
        assert (await site.login()).status == 400
        assert site.browser.cookies == {}


async def test_the_callback_belongs_to_the_browser_and_the_log_in_that_asked(site: Site) -> None:
    back = await site.to_callback()
    stranger = Browser(site.stack.client)
    assert (await stranger.open(back)).status == 400
    other = await site.to_callback()  # a second log-in in the same browser: the first one's state is over
    assert (await site.browser.open(back)).status == 400
    assert (await site.browser.open(other)).status == 400  # and a refusal ends the one under way
    assert site.browser.cookies == {}


async def test_a_code_works_once(site: Site) -> None:
    back = await site.to_callback()
    under_way = dict(site.browser.cookies)
    assert (await site.browser.open(back)).status == 303
    again = Browser(site.stack.client, under_way)
    assert (await again.open(back)).status == 400
    assert again.cookies == {}


@pytest.mark.parametrize(
    "place", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "x", "", "/a\nb", "/" * 1001]
)
async def test_a_log_in_never_leads_to_another_site(site: Site, place: str) -> None:
    begun = await site.browser.open(f"{site.stack.url}/login", params={"next": place})
    there = await site.stack.client.get(begun.headers["location"], allow_redirects=False)
    answer = await site.browser.open(there.headers["location"])
    assert (answer.status, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "SELF"}, 200),
    ],
)
async def test_a_page_of_another_site_cannot_act_with_the_cookie(
    site: Site, headers: dict[str, str], status: int
) -> None:
    await site.login()
    sent = {name: value.replace("SELF", site.stack.url) for name, value in headers.items()}
    answer = await site.browser.open(f"{site.stack.url}/api/v1/role-grants", "POST", json={}, headers=sent)
    assert answer.status == status
    assert bool(site.stack.behind.seen) == (status == 200)


async def test_a_cookie_that_was_changed_is_no_session(site: Site) -> None:
    await site.login()
    name, value = next(iter(site.browser.cookies.items()))
    for bad in (value[:-1], value[:-2] + "AA", "", "x" * 5_000, value.replace(".", "..", 1), f'"{value}'):
        site.browser.cookies = {name: bad} if bad else {}
        assert (await site.browser.open(f"{site.stack.url}/me")).status == 401


@pytest.mark.parametrize("odd", ['prefs={"a":1}', "a[b]=c", "alone", "tên=Đạt", "=x", ";;"])
async def test_another_sites_odd_cookie_locks_nobody_out(site: Site, odd: str) -> None:
    await site.login()
    cookie = f"{odd}; bdtx_session={site.browser.cookies['bdtx_session']}"
    async with site.stack.client.get(f"{site.stack.url}/me", headers={"cookie": cookie}) as answer:
        assert answer.status == 200


async def test_a_log_in_under_way_is_no_session(site: Site) -> None:
    await site.to_callback()
    site.browser.cookies["bdtx_session"] = site.browser.cookies["bdtx_login"]
    assert (await site.browser.open(f"{site.stack.url}/me")).status == 401


async def test_grants_that_end_end_the_session_within_the_minute(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway import exchange

    await site.login()
    monkeypatch.setattr(exchange, "GRANTS_KEPT", exchange.GRANTS_KEPT * 0)
    del site.stack.behind.grants[OFFICER]
    assert (await site.browser.open(f"{site.stack.url}/me")).status == 401


async def test_a_provider_that_is_away_is_said_so_and_valid_tokens_go_on(site: Site) -> None:
    bearer = {"authorization": f"Bearer {site.provider.sign(site.provider.claims('bdtx'))}"}
    assert (await site.browser.open(f"{site.stack.url}/me", headers=bearer)).status == 200
    site.provider.away = True
    other = {"authorization": f"Bearer {site.provider.sign(site.provider.claims('bdtx', jti='2'))}"}
    assert (await site.browser.open(f"{site.stack.url}/me", headers=other)).status == 200
    back = await site.to_callback()
    answer = await site.browser.open(back)
    assert answer.status == 503
    assert "chưa trả lời" in await answer.text()


async def test_bearer_tokens_of_the_provider_are_taken_for_us_alone(site: Site) -> None:
    async def status(token: str) -> int:
        answer = await site.browser.open(f"{site.stack.url}/me", headers={"authorization": f"Bearer {token}"})
        return answer.status

    provider = site.provider
    assert await status(provider.sign(provider.claims("bdtx"))) == 200
    assert await status(provider.sign(provider.claims(CLIENT))) == 401, "an ID token's audience"
    assert await status(provider.sign(provider.claims("bdtx", typ="ID"))) == 401
    assert await status(provider.sign(provider.claims("bdtx", typ="Refresh"))) == 401
    assert await status(provider.sign(provider.claims("bdtx", exp=int(time.time()) - 61))) == 401
    assert await status(provider.sign(provider.claims("bdtx", iss=[provider.url]))) == 401
    signed = f"{part({'alg': 'HS256', 'kid': 'k1', 'typ': 'JWT'})}.{part(provider.claims('bdtx'))}"
    public = provider.keys[-1].as_pem(private=False)
    forged = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).rstrip(b"=").decode()
    assert await status(f"{signed}.{forged}") == 401, "signed with the public key as a secret"


async def test_keys_are_rotated_and_strange_ones_are_asked_for_once(site: Site) -> None:
    assert (await site.login()).status == 303
    assert site.provider.jwks_asked == 1
    clock = Clock()
    keys = PublishedKeys(site_jwks(site), clock=clock)
    old = site.provider.keys[-1]
    assert await keys.find("k1") is not None
    new = rsa("k2")
    site.provider.keys.append(new)
    asked = site.provider.jwks_asked
    assert await keys.find("k2") is None, "asked for a moment ago"
    clock.now += AGAIN_AFTER_S
    assert await keys.find("k2") is not None
    assert await keys.find("k1") is not None, "what was signed before still counts"
    for number in range(10_000):
        assert await keys.find(f"strange-{number}") is None
    assert site.provider.jwks_asked == asked + 1
    site.provider.keys.remove(old)
    clock.now += 600
    assert await keys.find("k1") is None, "withdrawn"
    site.provider.away = True
    clock.now += 600
    assert await keys.find("k2") is not None, "kept while the provider is away"
    assert await keys.find("enc-1") is None


def part(content: dict[str, Any]) -> str:
    """A token's header or claims."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


async def test_an_issuer_that_is_away_or_says_nothing_is_not_asked_by_every_stranger() -> None:
    clock, asked = Clock(), 0
    published: list[dict[str, Any] | None] = [None, {"keys": [rsa("k1").as_dict(private=False)]}, {"keys": []}, None]
    answers = iter(published)

    async def fetch() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        answer = next(answers)
        if answer is None:
            raise TimeoutError
        return answer

    keys = PublishedKeys(fetch, clock=clock)
    with pytest.raises(TimeoutError):
        await keys.find("k1")
    for number in range(100):
        with pytest.raises(KeysAwayError):
            await keys.find(f"strange-{number}")
    assert asked == 1
    clock.now += AGAIN_AFTER_S
    assert await keys.find("k1") is not None
    for expected in (3, 4):
        clock.now += FRESH_S
        assert await keys.find("k1") is not None, "keys once read go on serving"
        assert asked == expected


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def site_jwks(site: Site) -> Callable[[], Any]:
    """What the provider publishes, over its socket."""

    async def fetch() -> dict[str, Any]:
        async with site.stack.client.get(f"{site.provider.url}/jwks") as answer:
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found

    return fetch


def test_cookies_of_production_are_bound_to_host_and_https() -> None:
    key = OctKey.generate_key(256)
    cookies = Cookies(lambda: [key], secure=True)
    assert cookies.session == "__Host-bdtx_session"
    assert cookies.clear(cookies.session).endswith("; Secure")


async def test_the_first_page_asks_for_a_log_in_and_then_shows_the_callers_own_report(site: Site) -> None:
    first = await (await site.browser.open(site.stack.url)).text()
    assert 'href="/login"' in first
    assert "Long An" not in first
    await site.login()
    assert "Long An" in await (await site.browser.open(site.stack.url)).text()
