"""The dashboard's files as the gateway serves them: once they are built, to whom is logged in, packed and kept."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import aiohttp
import pytest

from gateway.local_issuer import LocalIssuer
from shared.clock import utc_now
from tests.gateway.conftest import Stack
from tests.gateway.test_pages import watch

SCRIPT = b"console.log('one')"


def built(stack: Stack, script: bytes = SCRIPT, name: str = "index-1.js") -> Path:
    """A build, as the builder leaves it."""
    folder = stack.folder / "dashboard"
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "assets" / name).write_bytes(script)
    (folder / "assets" / f"{name}.gz").write_bytes(gzip.compress(script))
    (folder / ".index").write_text(f'<!doctype html><script type="module" src="/assets/{name}"></script>')
    (folder / ".index").replace(folder / "index.html")
    step(stack, "ready")
    return folder


def step(stack: Stack, name: str) -> None:
    """What the builder says of itself."""
    (stack.folder / "dashboard").mkdir(exist_ok=True)
    (stack.folder / "dashboard" / "progress.json").write_text(json.dumps({"step": name}))


async def get(stack: Stack, path: str, headers: dict[str, str] | None = None) -> tuple[aiohttp.ClientResponse, bytes]:
    """An answer as it is on the wire."""
    async with stack.client.get(stack.url + path, headers=headers, allow_redirects=False) as answer:
        return answer, await answer.read()


@pytest.mark.parametrize("path", ["/", "/app", "/app/progress?unit=80&as_of=2020-12-20"])
async def test_who_is_logged_in_gets_the_page_under_every_address_of_its_own(stack: Stack, path: str) -> None:
    watch(stack)
    built(stack)
    answer, page = await get(stack, path, await stack.login())
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-cache")
    assert answer.content_type == "text/html"
    assert b"/assets/index-1.js" in page
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")


async def test_a_wrong_link_is_a_page_for_people_and_a_problem_for_programs(stack: Stack) -> None:
    watch(stack)
    built(stack)
    headers = await stack.login()
    answer, page = await get(stack, "/progress", headers | {"accept": "text/html,*/*;q=0.8"})
    assert (answer.status, answer.content_type) == (404, "text/html")
    assert b"/assets/index-1.js" in page
    answer, _ = await get(stack, "/progress", headers | {"accept": "*/*"})
    assert (answer.status, answer.content_type) == (404, "application/problem+json")
    async with stack.client.post(f"{stack.url}/app", headers=headers | {"accept": "text/html"}) as posted:
        assert posted.status == 405


async def test_who_is_not_is_sent_to_log_in_and_comes_back_to_the_page_asked_for(stack: Stack) -> None:
    watch(stack)
    built(stack)
    answer, _ = await get(stack, "/app/progress?unit=80&as_of=2020-12-20")
    place = "/login?next=/app/progress%3Funit%3D80%26as_of%3D2020-12-20"
    assert (answer.status, answer.headers["location"]) == (303, place)
    answer, _ = await get(stack, "/")
    assert (answer.status, answer.headers["location"]) == (303, "/login")


async def test_a_roster_that_is_away_is_no_reason_to_log_in_again(stack: Stack) -> None:
    watch(stack)
    built(stack)
    stack.behind.roster_away = True
    token = LocalIssuer(stack.issuer_key).issue("never.seen@longan.edu.vn", utc_now())
    assert (await get(stack, "/app", {"authorization": f"Bearer {token}"}))[0].status == 200


async def test_files_named_by_their_content_are_kept_for_good_and_sent_packed(stack: Stack) -> None:
    watch(stack)
    built(stack)
    async with (
        aiohttp.ClientSession(auto_decompress=False) as browser,
        browser.get(f"{stack.url}/assets/index-1.js", headers={"accept-encoding": "gzip, br"}) as answer,
    ):
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.content_type in ("text/javascript", "application/javascript")
        assert gzip.decompress(await answer.read()) == SCRIPT
        etag = answer.headers["etag"]
    answer, content = await get(stack, "/assets/index-1.js", {"accept-encoding": "identity"})
    assert ("content-encoding" in answer.headers, content) == (False, SCRIPT)
    assert (await get(stack, "/assets/index-1.js", {"if-none-match": etag}))[0].status == 304


@pytest.mark.parametrize("name", ["index-2.js", "index-1.js.gz", "..%2Findex.html", "%2e%2e/progress.json", ""])
async def test_nothing_else_of_the_folder_is_served(stack: Stack, name: str) -> None:
    watch(stack)
    built(stack)
    assert (await get(stack, f"/assets/{name}"))[0].status == 404


async def test_a_new_build_takes_the_place_of_the_old_one_at_once(stack: Stack) -> None:
    watch(stack)
    built(stack)
    token = await stack.login()
    assert b"index-1.js" in (await get(stack, "/", token))[1]
    built(stack, b"two", "index-2.js")
    assert b"index-2.js" in (await get(stack, "/", token))[1]
    assert (await get(stack, "/assets/index-2.js"))[1] == b"two"


@pytest.mark.parametrize(
    ("named", "words"),
    [("packages", "bước 1/2"), ("bundle", "bước 2/2"), ("failed", "chưa dựng được")],
)
async def test_the_status_page_stands_for_it_while_it_is_built_and_says_how_far_it_is(
    stack: Stack, named: str, words: str
) -> None:
    watch(stack)
    built(stack)
    step(stack, named)  # an older build lies there all the same: it is not served
    answer, page = await get(stack, "/")
    assert answer.status == 200
    assert words in page.decode()
    assert f'data-dashboard="{named}"' in page.decode()
    answer, _ = await get(stack, "/app/progress")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    async with stack.client.get(f"{stack.url}/status.json") as answer:
        assert (await answer.json())["dashboard"] == named


async def test_in_local_mode_it_waits_for_the_first_account_to_log_in_with(stack: Stack) -> None:
    built(stack)
    answer, page = await get(stack, "/")
    assert (answer.status, 'data-dashboard="waiting"' in page.decode()) == (200, True)
    watch(stack)
    assert (await get(stack, "/"))[0].status == 303
    answer, page = await get(stack, "/status")
    assert (answer.status, 'data-dashboard="ready"' in page.decode()) == (200, True)
