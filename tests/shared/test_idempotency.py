"""A call under an Idempotency-Key takes effect once, whatever becomes of its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Response
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import idempotency
from shared.audit import Act
from shared.callers import acts
from shared.clock import utc_now
from shared.database import retrying, transaction
from shared.identity import Grant, Principal, Role, Rule
from shared.jobs import housekeeping
from shared.problems import CONFLICT, Problem
from shared.settings import Environment
from shared.tokens import Verifier, mint
from shared.web import create_app, json_response, router
from tests.support.states import PROVINCE

KEY = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, private=True, auto_kid=True)
WRITES = Rule("effect.make", frozenset({Role.PROVINCE_OFFICER}))
_EFFECT = sa.text("INSERT INTO shown VALUES (:province_id, gen_random_uuid(), :name, 1)")
_EFFECTS = sa.text("SELECT count(*) FROM shown WHERE name = :name")

Send = Callable[..., Awaitable[httpx.Response]]


class Collisions:
    """How many of the next transactions are told that they met another one."""

    left = 0


@pytest.fixture
def collisions() -> Collisions:
    """None unless a test wants some."""
    return Collisions()


@pytest.fixture
async def send(api: AsyncEngine, tmp_path: Path, collisions: Collisions) -> AsyncIterator[Send]:
    """Calls to an application of one write, whose effect is a row."""
    jwks = tmp_path / "jwks.json"
    jwks.write_bytes(msgspec.json.encode(KeySet([KEY]).as_dict(private=False)))

    async def nothing() -> Any:
        return {}

    app = create_app(
        "test",
        environment=Environment.PRODUCTION,
        verifier=Verifier(jwks, "test"),
        errors={},
        readiness=nothing,
        refresh_metrics=nothing,
        engine=api,
    )
    _mount(app, api, collisions)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def call(key: str | None, account: str = "a@test", **body: Any) -> httpx.Response:
            principal = Principal(account=account, province_id=PROVINCE, grants=[Grant(role=Role.PROVINCE_OFFICER)])
            headers = {"authorization": f"Bearer {mint(principal, 'test', KEY, utc_now())}"}
            if key is not None:
                headers["idempotency-key"] = key
            return await client.post("/api/v1/effects", json=body, headers=headers)

        yield call


def _mount(app: FastAPI, engine: AsyncEngine, collisions: Collisions) -> None:
    routes = router()

    @routes.post("/effects", status_code=201)
    async def effects(act: Annotated[Act, acts(WRITES)], body: dict[str, Any]) -> Response:

        async def once() -> None:
            async with transaction(engine, act.province_id) as connection:
                await connection.execute(_EFFECT, {"province_id": act.province_id, "name": body["name"]})
                if collisions.left:
                    collisions.left -= 1
                    await connection.execute(sa.text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))

        await retrying(once)
        if "fails" in body:
            raise KeyError("after the effect")
        if "refused" in body:
            raise Problem(CONFLICT)
        return json_response({"id": act.new_id()}, 201)

    app.include_router(routes)


async def effects(engine: AsyncEngine, name: str) -> int:
    async with transaction(engine, PROVINCE) as connection:
        return int(await connection.scalar(_EFFECTS, {"name": name}) or 0)


async def test_a_repeat_is_given_the_first_answer_and_has_no_second_effect(api: AsyncEngine, send: Send) -> None:
    first = await send("k1", name="one")
    again = [await send("k1", name="one") for _ in range(3)]
    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    for one in again:
        assert (one.status_code, one.content) == (201, first.content)
        assert one.headers["idempotency-replayed"] == "true"
        assert one.headers["content-type"] == "application/json"
    assert await effects(api, "one") == 1


async def test_without_a_key_a_call_sent_twice_is_two_calls(api: AsyncEngine, send: Send) -> None:
    assert (await send(None, name="two")).json() != (await send(None, name="two")).json()
    assert await effects(api, "two") == 2


async def test_calls_at_once_under_one_key_have_one_effect_and_one_answer(api: AsyncEngine, send: Send) -> None:
    answers = await asyncio.gather(*(send("at-once", name="three") for _ in range(8)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert await effects(api, "three") == 1


async def test_a_key_of_another_call_is_a_conflict_and_changes_nothing(api: AsyncEngine, send: Send) -> None:
    await send("k4", name="four")
    answer = await send("k4", name="another four")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await effects(api, "four"), await effects(api, "another four")) == (1, 0)


async def test_a_key_belongs_to_the_account_that_sent_it(api: AsyncEngine, send: Send) -> None:
    answers = [await send("k5", account, name="five") for account in ("a@test", "b@test")]
    assert answers[0].json() != answers[1].json()
    assert await effects(api, "five") == 2


@pytest.mark.parametrize("outcome", ["fails", "refused"])
async def test_what_failed_or_was_refused_left_nothing_and_may_be_sent_again(
    api: AsyncEngine, send: Send, outcome: str
) -> None:
    name = f"six {outcome}"
    for _ in range(2):
        answer = await send(f"k6-{outcome}", name=name, **{outcome: True})
        assert answer.status_code == (500 if outcome == "fails" else 409)
        assert "idempotency-replayed" not in answer.headers
    assert await effects(api, name) == 0


async def test_a_transaction_that_met_another_is_done_again_whole(
    api: AsyncEngine, send: Send, collisions: Collisions
) -> None:
    collisions.left = 2
    assert (await send("k7", name="seven")).status_code == 201
    assert collisions.left == 0
    assert await effects(api, "seven") == 1


@pytest.mark.parametrize("key", ["", "k" * 256, "two words", "k\tk"])
async def test_a_key_that_is_none_is_refused(send: Send, key: str) -> None:
    answer = await send(key, name="eight")
    assert (answer.status_code, answer.json()["detail"]) == (400, "Idempotency-Key")


async def test_a_key_of_255_characters_is_taken(api: AsyncEngine, send: Send) -> None:
    assert (await send("k" * 255, name="nine")).content == (await send("k" * 255, name="nine")).content
    assert await effects(api, "nine") == 1


async def test_kept_answers_go_when_their_time_is_over(engine: AsyncEngine, api: AsyncEngine, send: Send) -> None:
    await send("old", name="ten")
    await send("young", name="ten")
    async with engine.begin() as connection:
        await connection.execute(
            sa.text("UPDATE kept_answer SET kept_at = :then WHERE key = 'old'"),
            {"then": utc_now() - idempotency.KEEP * 1.1},
        )
    await housekeeping(engine).run()
    assert "idempotency-replayed" not in (await send("old", name="ten")).headers
    assert "idempotency-replayed" in (await send("young", name="ten")).headers
