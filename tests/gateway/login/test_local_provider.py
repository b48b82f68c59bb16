"""The built-in provider of local mode: the same way, with a page of sample accounts."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

from tests.gateway.conftest import OFFICER, Stack
from tests.gateway.login.conftest import Browser


async def begun(stack: Stack) -> tuple[Browser, str]:
    """A browser at the page of accounts, and the page's address."""
    accounts = {"items": [{"account": OFFICER, "role": "province_officer", "units": ["80"]}]}
    (stack.folder / "accounts.json").write_text(json.dumps(accounts))
    browser = Browser(stack.client)
    answer = await browser.open(f"{stack.url}/login")
    return browser, stack.url + answer.headers["location"]


async def test_a_sample_account_is_chosen_and_is_logged_in(stack: Stack) -> None:
    browser, page = await begun(stack)
    shown = await browser.open(page)
    text = await shown.text()
    assert "Cán bộ Sở" in text
    form = {unescape(name): unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', text)}
    assert form.pop("account") == OFFICER
    chosen = await browser.open(f"{stack.url}/local/authorize", "POST", data=form | {"account": OFFICER})
    answer = await browser.open(chosen.headers["location"])
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert (await (await browser.open(f"{stack.url}/me")).json())["account"] == OFFICER
    assert (await browser.open(chosen.headers["location"])).status == 400, "a code works once"


async def test_the_page_sends_a_code_to_nobody_else(stack: Stack) -> None:
    browser, page = await begun(stack)
    asked = dict(parse_qsl(urlsplit(page).query))
    for other in ("http://elsewhere.example/login/callback", asked["redirect_uri"] + "/x", ""):
        form = asked | {"redirect_uri": other, "account": OFFICER}
        assert (await browser.open(f"{stack.url}/local/authorize", "POST", data=form)).status == 400
    form = asked | {"account": "la@longan.edu.vn"}
    assert (await browser.open(f"{stack.url}/local/authorize", "POST", data=form)).status == 404


async def test_a_code_of_another_browsers_log_in_is_refused(stack: Stack) -> None:
    browser, page = await begun(stack)
    stranger, _ = await begun(stack)
    asked = dict(parse_qsl(urlsplit(page).query))
    chosen = await browser.open(f"{stack.url}/local/authorize", "POST", data=asked | {"account": OFFICER})
    code = dict(parse_qsl(urlsplit(chosen.headers["location"]).query))["code"]
    own = dict(parse_qsl(urlsplit((await stranger.open(f"{stack.url}/login")).headers["location"]).query))["state"]
    answer = await stranger.open(f"{stack.url}/login/callback", params={"code": code, "state": own})
    assert (answer.status, stranger.cookies) == (400, {})
