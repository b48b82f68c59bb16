"""Token buckets, by a clock of the test's own, and the answer a caller gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.limits import Buckets, Rate
from shared.problems import Problem


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
