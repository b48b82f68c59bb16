"""A log-in and a log-out in Chromium: what its own rules (policies, origins, cookies) make of our answers."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.gateway.login.conftest import Site

NAMED = "bdtx.example"
"""A host that is neither loopback nor https: browsers send no Sec-Fetch-Site there."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a new browser, which finds the named host on this machine."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        pytest.skip("NO BROWSER: log-in and log-out are not tried in one; install Debian's chromium")
    arguments = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        f"--host-resolver-rules=MAP {NAMED} 127.0.0.1",
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield await browser.new_page()
        await browser.close()


@pytest.mark.parametrize("host", ["127.0.0.1", NAMED])
async def test_a_form_logs_out_here_and_at_the_provider(site: Site, page: Page, host: str) -> None:
    folder = site.stack.folder / "dashboard"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<!doctype html><form method="post" action="/logout"><button>x</button></form>')
    (folder / "progress.json").write_text(json.dumps({"step": "ready"}))
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    home = f"http://{host}:{site.stack.port}/"

    await page.goto(home)
    await expect(page).to_have_url(home)
    assert await page.evaluate("fetch('/me').then(answer => answer.status)") == 200
    posted: list[dict[str, str]] = []
    page.on("request", lambda one: posted.append(one.headers) if one.method == "POST" else None)
    async with page.expect_request(re.compile("/logout\\?client_id=")) as asked:
        await page.get_by_role("button").click()
    assert (await asked.value).url.startswith(site.provider.url)
    await expect(page).to_have_url(home)  # logged in again at once: this provider asks nobody
    assert site.provider.left == 1
    assert len(posted) == 1
    assert refused == []
