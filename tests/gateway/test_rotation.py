"""Keys and secrets are exchanged while people and vendors call: nobody is refused, and nothing is restarted."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import ECKey, OctKey

from gateway.server import server_of
from gateway.settings import Settings
from tests.gateway.conftest import (
    OFFICER,
    PROVINCE,
    SECRET,
    Behind,
    Stack,
    free_port,
    listening,
    prepare,
    running,
    write_key,
)
from tests.gateway.login.conftest import Browser
from tests.gateway.login.test_local_provider import begun
from tests.gateway.test_webhooks import send, signed

NEW_SECRET = "whsec_" + "C" * 43
CALLERS = 4


def put(file: Path, content: Any) -> None:
    """In the old one's place, whole."""
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(content))
    beside.replace(file)


def public(*keys: ECKey) -> dict[str, Any]:
    """What the services verify with."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


@asynccontextmanager
async def under_calls(call: Callable[[], Awaitable[int]]) -> AsyncIterator[Counter[int]]:
    """Callers who never rest; the statuses they were answered with."""
    stop = asyncio.Event()
    statuses: Counter[int] = Counter()

    async def caller() -> None:
        while not stop.is_set():
            statuses[await call()] += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(CALLERS):
            tasks.create_task(caller())
        try:
            yield statuses
        finally:
            stop.set()


async def some_more(statuses: Counter[int], calls: int = 40) -> None:
    """Until so many more calls were answered."""
    aim = statuses.total() + calls
    async with asyncio.timeout(20):
        while statuses.total() < aim:  # noqa: ASYNC110  # the callers are under way
            await asyncio.sleep(0.005)


def kid_of(stack: Stack) -> str:
    """Which key signed the internal token of the newest call."""
    token = dict(stack.behind.last()["headers"])["authorization"].removeprefix("Bearer ")
    head = token.split(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Stack]:
    """A gateway of the test's own, in local mode, whose limits are wide."""
    there, port = Behind(tmp_path / "jwks.json"), free_port()
    there.url = f"http://127.0.0.1:{port}"
    there.grants = {OFFICER: [{"role": "province_officer", "unit_id": PROVINCE}]}
    urls = {f"{name}_URL": there.url for name in ("ROSTER", "GRADING", "CERTIFICATES", "REPORTING")}
    settings = Settings(**{**prepare(tmp_path), **urls})
    async with listening(server_of(there.app(), "127.0.0.1", port)), running(settings, there, tmp_path) as stack:
        yield stack


async def logged_in(stack: Stack) -> Browser:
    """A browser with a session of the officer's."""
    browser, page = await begun(stack)
    form = dict(parse_qsl(urlsplit(page).query)) | {"account": OFFICER}
    chosen = await browser.open(f"{stack.url}/local/authorize", "POST", data=form)
    assert (await browser.open(chosen.headers["location"])).status == 303
    return browser


async def test_the_signing_key_is_exchanged_under_calls_and_nobody_is_refused(own: Stack) -> None:
    headers = await own.login()
    jwks, signing = own.folder / "jwks.json", own.folder / "signing.json"
    old = ECKey.import_key(json.loads(signing.read_text()))
    new = write_key(own.folder / "next.json", "internal-2")

    async def call() -> int:
        async with own.client.get(f"{own.url}/api/v1/people", headers=headers) as answer:
            return answer.status

    async with under_calls(call) as statuses:
        await some_more(statuses)
        assert kid_of(own) == "internal-1"
        put(jwks, public(old, new))
        await some_more(statuses)
        (own.folder / "next.json").replace(signing)
        await some_more(statuses)
        assert kid_of(own) == "internal-2"
        put(jwks, public(new))
        await some_more(statuses)
        signing.write_text('{"kty": "EC"')
        await some_more(statuses)
        assert kid_of(own) == "internal-2", "a file that is none keeps the key"
        jwks.write_text("{}")
        await some_more(statuses)
    assert set(statuses) == {200}, statuses


async def test_a_vendors_secret_is_exchanged_under_deliveries_and_none_is_refused(stack: Stack) -> None:
    secret = SECRET

    async def deliver() -> int:
        return (await send(stack, signed(secret=secret)))[0]

    async with under_calls(deliver) as statuses:
        await some_more(statuses)
        put(stack.secrets, {"viettel": [SECRET, NEW_SECRET]})
        await some_more(statuses)
        secret = NEW_SECRET
        await some_more(statuses)
    assert set(statuses) == {200}, statuses
    put(stack.secrets, {"viettel": [NEW_SECRET]})
    assert (await send(stack, signed(secret=NEW_SECRET)))[0] == 200
    assert (await send(stack, signed(secret=SECRET)))[0] == 401


async def test_the_key_of_the_cookies_is_exchanged_and_everybody_stays_logged_in(own: Stack) -> None:
    file = own.folder / "session.json"
    old, new = json.loads(file.read_text()), OctKey.generate_key(256).as_dict(private=True)
    early = await logged_in(own)

    async def status_of(browser: Browser) -> int:
        return (await browser.open(f"{own.url}/me")).status

    async with under_calls(lambda: status_of(early)) as statuses:
        await some_more(statuses)
        put(file, {"keys": [old, new]})  # every replica opens what the others will seal
        await some_more(statuses)
        put(file, {"keys": [new, old]})
        await some_more(statuses)
        late = await logged_in(own)
        file.write_text('{"keys": []}')
        await some_more(statuses)
    assert set(statuses) == {200}, statuses
    put(file, {"keys": [new]})
    assert await status_of(late) == 200
    assert await status_of(early) == 401, "eight hours after the exchange nobody has such a cookie"
