"""The gateway's own document through real sockets: a vendor that signs what it sends, an officer, and a stranger."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.main import build
from gateway.server import server_of
from gateway.settings import Settings
from gateway.webhooks import PREFIX
from tests.every_service.services import SERVICES
from tests.fuzz.cases import Hunt, fresh_seed
from tests.fuzz.world import VENDOR, World, course_of, world
from tests.gateway.conftest import SECRET, free_port, listening, prepare
from tests.services.roster.conftest import OFFICER
from tests.support.databases import Databases

EXAMPLES = 24
AT_LEAST = 1_000
_KEY = base64.b64decode(SECRET.removeprefix("whsec_") + "==")


@asynccontextmanager
async def served(there: World, folder: Path) -> AsyncIterator[str]:
    """The gateway's address; it and the four services listen in this process."""
    environment = prepare(folder)
    (folder / "signing.json").write_text(json.dumps(there.key.as_dict(private=True)))
    async with AsyncExitStack() as open_until_the_end:
        for service in SERVICES:
            port = free_port()
            environment[f"{service.upper()}_URL"] = f"http://127.0.0.1:{port}"
            server = server_of(there.parts[service].app, "127.0.0.1", port)
            await open_until_the_end.enter_async_context(listening(server))
        gateway = await open_until_the_end.enter_async_context(build(Settings(**environment)))
        port = free_port()
        await open_until_the_end.enter_async_context(listening(server_of(gateway, "127.0.0.1", port)))
        yield f"http://127.0.0.1:{port}"


@pytest.mark.slow
async def test_nothing_that_comes_to_the_gateway_is_a_fault_of_ours(
    databases: Databases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "gateway"
    folder.mkdir()
    async with world(databases, tmp_path) as there, served(there, folder) as url:
        hunt, counted = await asyncio.to_thread(_hunted, url, await there.ids(*SERVICES))
    with capsys.disabled():
        print(f"\ngateway: seed {hunt.seed}, {hunt.answers.total()} cases, {dict(sorted(hunt.answers.items()))}")
        print("    deliveries' events:", dict(counted))
        for label, answers in hunt.done.items():
            print("   ", label, dict(sorted(answers.items())))
        print(*hunt.wrong.values(), sep="\n")
    assert counted["deliveries that do not add up"] == 0, counted
    assert list(hunt.wrong.values()) == []
    assert hunt.answers.total() >= AT_LEAST
    assert hunt.done[f"POST {PREFIX}{{vendor}}"][200] > 0


def _hunted(url: str, ids: dict[str, list[str]]) -> tuple[Hunt, Counter[str]]:
    chosen = fresh_seed()
    chance = random.Random(chosen)
    deliveries = course_of("gv.1@x.vn") + course_of("gv.3@x.vn") + course_of("nobody@x.vn")
    counted: Counter[str] = Counter()
    with httpx.Client(base_url=url, timeout=60) as client:
        answer = client.post("/local/token", json={"account": OFFICER})
        assert answer.status_code == 200, answer.text
        officer = f"Bearer {answer.json()['access_token']}"

        def send(method: str, place: str, headers: httpx.Headers, body: bytes) -> httpx.Response:
            if chance.random() < 0.9:
                headers["authorization"] = officer
            if place.startswith(PREFIX) and chance.random() < 0.9:
                place = PREFIX + VENDOR
                if chance.random() < 0.7:
                    body = json.dumps(_spoilt(chance, deliveries)).encode()
                headers.update(_signed(f"f-{chance.randrange(10**9)}", body))
            answer = client.request(method, place, content=body, headers=headers)
            if place.startswith(PREFIX) and answer.status_code == 200:
                _count(body, answer.json(), counted)
            return answer

        hunt = Hunt(client.get("/openapi.json").json(), send, ids, chosen, EXAMPLES)
        hunt.run()
    return hunt, counted


def _count(body: bytes, told: dict[str, Any], counted: Counter[str]) -> None:
    """Each event of a delivery that was taken is in exactly one of the four."""
    sent = json.loads(body)
    events = len(sent["events"]) if isinstance(sent, dict) and "events" in sent else 1
    four = {name: told[name] for name in ("accepted", "duplicates", "parked")} | {"rejected": len(told["rejected"])}
    counted.update(four)
    counted["deliveries that do not add up"] += sum(four.values()) != events


def _spoilt(chance: random.Random, events: list[dict[str, Any]]) -> Any:
    """Up to five events, each with up to two members put in another's place."""
    taken = json.loads(json.dumps(chance.choices(events, k=chance.randint(1, 5))))
    for one in taken:
        for _ in range(chance.randint(0, 2)):
            one[chance.choice(sorted(one))] = chance.choice(
                (None, "", "\x00", -1, 10**40, [], {}, "9999-12-31", "x" * 400)
            )
    return taken[0] if len(taken) == 1 else {"events": taken}


def _signed(id_: str, body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    digest = hmac.digest(_KEY, f"{id_}.{stamp}.".encode() + body, "sha256")
    return {
        "content-type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
