"""Token buckets, by a clock of the test's own, and the answer a caller gets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import limits
from gateway.limits import LOCAL_FACTOR, Buckets, Limits, Rate
from gateway.local_issuer import LocalIssuer
from gateway.server import server_of
from gateway.settings import Settings
from shared.clock import utc_now
from shared.problems import Problem
from tests.gateway.conftest import OTHER_SECRET, Behind, Stack, free_port, listening, running
from tests.gateway.test_webhooks import BODY, send, signed


def allowed(buckets: Buckets, key: str) -> bool:
    try:
        buckets.take(key)
    except Problem as problem:
        return problem.kind.status != 429
    return True


def test_a_burst_passes_then_the_rate_and_the_answer_says_when() -> None:
    now = [0.0]
    buckets = Buckets(Rate(2, 5), clock=lambda: now[0])
    assert [allowed(buckets, "a") for _ in range(6)] == [True] * 5 + [False]
    assert allowed(buckets, "b")
    with pytest.raises(Problem) as refused:
        buckets.demand("a")
    assert refused.value.headers["retry-after"] == "1"
    now[0] = 0.5
    assert [allowed(buckets, "a") for _ in range(2)] == [True, False]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_never_more_than_the_burst_and_the_rate_allow(pauses: list[float]) -> None:
    now = [0.0]
    buckets = Buckets(Rate(3, 4), clock=lambda: now[0])
    passed = 0
    for pause in pauses:
        now[0] += pause
        passed += allowed(buckets, "a")
    assert passed <= 4 + 3 * now[0] + 1e-6


def test_the_memory_is_bounded() -> None:
    buckets = Buckets(Rate(1, 2), remember=3, clock=lambda: 0.0)
    for number in range(1_000):
        buckets.take(str(number))
    assert len(buckets._buckets) == 3


def test_in_production_the_rates_are_those_of_the_readme() -> None:
    found = Limits(local=False)
    rates = {name: (one._rate.per_second, one._rate.burst) for name, one in vars(found).items()}
    assert rates == {
        "principals": (20, 60),
        "sources": (200, 1_000),
        "anonymous": (20, 60),
        "files": (200, 2_000),
        "bad_signatures": (2, 100),
    }


@asynccontextmanager
async def allowing(
    environment: dict[str, Any], patch: pytest.MonkeyPatch, name: str, at_once: int
) -> AsyncIterator[Stack]:
    """A gateway with everything behind it that lets one kind of caller do so much at once, and then one thing in 100
    seconds."""
    folder = environment["signing_key_file"].parent
    patch.setattr(limits, name, Rate(0.01 / LOCAL_FACTOR, at_once / LOCAL_FACTOR))
    there, port = Behind(folder / "jwks.json"), free_port()
    there.grants = {f"a.{number}@x.vn": [{"role": "learner"}] for number in range(3)}
    url = f"http://127.0.0.1:{port}"
    urls = {f"{service}_URL": url for service in ("ROSTER", "GRADING", "CERTIFICATES", "REPORTING")}
    async with (
        listening(server_of(there.app(), "127.0.0.1", port)),
        running(Settings(**{**environment, **urls}), there, folder) as stack,
    ):
        yield stack


def bearer(stack: Stack, account: str) -> dict[str, str]:
    """A token without a call for it."""
    return {"authorization": f"Bearer {LocalIssuer(stack.issuer_key).issue(account, utc_now())}"}


async def statuses(stack: Stack, path: str, headers: dict[str, str], times: int) -> list[int]:
    """How so many calls one after the other are answered."""
    found = []
    for _ in range(times):
        async with stack.client.get(stack.url + path, headers=headers) as answer:
            found.append(answer.status)
            if answer.status == 429:
                assert 1 <= int(answer.headers["retry-after"]) <= 100
    return found


async def test_a_principal_has_her_own_rate_whatever_she_calls_and_from_wherever(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with allowing(environment, monkeypatch, "PRINCIPAL", 4) as stack:
        one, other = bearer(stack, "a.0@x.vn"), bearer(stack, "a.1@x.vn")
        assert await statuses(stack, "/api/v1/people", one, 2) == [200, 200]
        assert await statuses(stack, "/me", one, 2) == [200, 200]
        assert await statuses(stack, "/api/v1/reports/x", one | {"x-forwarded-for": "10.1.2.3"}, 2) == [429, 429]
        assert await statuses(stack, "/api/v1/people", other, 4) == [200] * 4
        assert len(stack.behind.seen) == 6, "what is refused goes no further"


async def test_a_source_has_its_own_rate_that_nobody_else_can_use_up(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with allowing(environment, monkeypatch, "SOURCE", 3) as stack:
        for _ in range(10):
            assert (await send(stack, signed(secret=OTHER_SECRET)))[0] == 401
        assert [(await send(stack, signed(id_=f"d-{n}")))[0] for n in range(5)] == [200, 200, 200, 429, 429]
        assert (await send(stack, signed(secret=OTHER_SECRET), vendor="vnpt"))[0] == 200
        async with stack.client.post(f"{stack.url}/webhooks/lms/viettel", data=BODY, headers=signed()) as answer:
            assert (answer.status, answer.headers["retry-after"]) == (429, "100")


async def test_bad_signatures_of_an_address_end_before_the_body_is_read(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with allowing(environment, monkeypatch, "BAD_SIGNATURES", 2) as stack:
        forged = signed(secret=OTHER_SECRET)
        assert [(await send(stack, forged))[0] for _ in range(4)] == [401, 401, 429, 429]


async def test_guesses_at_a_token_are_counted_against_the_address_and_against_nobody_who_is_known(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with allowing(environment, monkeypatch, "ANONYMOUS", 3) as stack:
        guess = {"authorization": "Bearer a.b.c"}
        assert await statuses(stack, "/api/v1/people", guess, 4) == [401, 401, 401, 429]
        assert await statuses(stack, "/api/v1/parked", {}, 2) == [429, 429]
        assert await statuses(stack, "/verify/x", {}, 1) == [429]
        assert await statuses(stack, "/api/v1/people", bearer(stack, "a.0@x.vn"), 20) == [200] * 20
        assert await statuses(stack, "/livez", {}, 20) == [200] * 20


async def test_each_gateway_process_counts_by_itself(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        allowing(environment, monkeypatch, "PRINCIPAL", 2) as one,
        allowing(environment, monkeypatch, "PRINCIPAL", 2) as other,
    ):
        for stack in (one, other):
            assert await statuses(stack, "/api/v1/people", bearer(stack, "a.0@x.vn"), 3) == [200, 200, 429]
