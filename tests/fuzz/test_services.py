"""Every route of every service under cases from its own OpenAPI document: no fault of ours, every refusal a problem."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import httpx
import pytest

from shared.identity import Role
from tests.every_service.services import SERVICES
from tests.fuzz.cases import Hunt, fresh_seed
from tests.fuzz.world import OFFICE, World, world
from tests.support.databases import Databases

EXAMPLES = 100
"""Of each operation."""
AT_LEAST = 5_000
WEAK = (Role.LEARNER, Role.CORE_TEACHER, Role.AUDITOR, Role.OPERATOR, Role.VENDOR)


@pytest.mark.slow
async def test_no_route_fails_on_what_it_is_sent(
    databases: Databases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = fresh_seed()
    seen: Counter[int] = Counter()
    wrong: list[str] = []
    async with world(databases, tmp_path) as there:
        for service in SERVICES:
            hunt = await hunted(there, service, chosen)
            seen += hunt.answers
            wrong += hunt.wrong.values()
            with capsys.disabled():
                print(f"\n{service}: seed {chosen}, {hunt.answers.total()} cases, {dict(sorted(hunt.answers.items()))}")
                for label, answers in hunt.done.items():
                    print("   ", label, dict(sorted(answers.items())))
                print(*hunt.wrong.values(), sep="\n")
    assert wrong == []
    assert seen.total() >= AT_LEAST


async def hunted(there: World, service: str, chosen: int) -> Hunt:
    """All its operations; seven calls of eight by one of the whole office, the eighth by one who may do little."""
    loop = asyncio.get_running_loop()
    chance = random.Random(chosen)
    strong = there.bearer(service, *OFFICE, person=there.province_id)
    weak = [there.bearer(service, role, person=there.province_id) for role in WEAK]

    def send(method: str, place: str, headers: httpx.Headers, body: bytes) -> httpx.Response:
        headers.update(strong if chance.random() < 0.875 else chance.choice(weak))
        call = there.clients[service].request(method, place, content=body, headers=headers)
        return asyncio.run_coroutine_threadsafe(call, loop).result(60)

    hunt = Hunt(there.parts[service].app.openapi(), send, await there.ids(service), chosen, EXAMPLES)
    await asyncio.to_thread(hunt.run)
    return hunt
