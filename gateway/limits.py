"""Rates. Token buckets in this process's memory: n processes let a caller have up to n times the rate (decision 16).

Counted per principal, per webhook source (signed deliveries only, so that a stranger cannot use up a vendor's rate),
and per client address for everyone without a token.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Scope

from shared import problems
from shared.problems import Problem


@dataclass(frozen=True)
class Rate:
    """`per_second` on average, `burst` at once."""

    per_second: float
    burst: float

    def times(self, factor: float) -> Rate:
        """The same, larger."""
        return Rate(self.per_second * factor, self.burst * factor)


PRINCIPAL = Rate(20, 60)
SOURCE = Rate(200, 1_000)
ANONYMOUS = Rate(20, 60)
FILES = Rate(200, 2_000)
"""The dashboard's files, from memory: a whole school opens it at once from behind one address."""
BAD_SIGNATURES = Rate(2, 100)
LOCAL_FACTOR = 50.0
"""In local mode a whole province and its vendor speak from one machine in minutes."""


class Buckets:
    """Token buckets by key. At most `remember` keys: the one used longest ago is forgotten, which fills it."""

    def __init__(self, rate: Rate, *, remember: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._remember = remember
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Takes one token. Raises Problem 429 with Retry-After where there is none."""
        left, now = self._left(key)
        if left < 1:
            raise self._refusal(left)
        self._store(key, left - 1, now)

    def demand(self, key: str) -> None:
        """Raises Problem 429 where the bucket is empty; takes nothing."""
        left, _ = self._left(key)
        if left < 1:
            raise self._refusal(left)

    def spend(self, key: str) -> None:
        """Takes one token if there is one."""
        left, now = self._left(key)
        self._store(key, max(0.0, left - 1), now)

    def _left(self, key: str) -> tuple[float, float]:
        now = self._clock()
        known = self._buckets.get(key)
        if known is None:
            return self._rate.burst, now
        return min(self._rate.burst, known[0] + (now - known[1]) * self._rate.per_second), now

    def _store(self, key: str, left: float, now: float) -> None:
        self._buckets[key] = (left, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._remember:
            self._buckets.popitem(last=False)

    def _refusal(self, left: float) -> Problem:
        wait = max(1, math.ceil((1 - left) / self._rate.per_second))
        return Problem(problems.TOO_MANY, headers={"retry-after": str(wait)})


class Limits:
    """The buckets of one process."""

    def __init__(self, *, local: bool) -> None:
        factor = LOCAL_FACTOR if local else 1.0
        self.principals = Buckets(PRINCIPAL.times(factor))
        self.sources = Buckets(SOURCE.times(factor))
        self.anonymous = Buckets(ANONYMOUS.times(factor))
        self.files = Buckets(FILES.times(factor))
        self.bad_signatures = Buckets(BAD_SIGNATURES.times(factor))


def address_of(scope: Scope) -> str:
    """The client's address as the server knows it (server.py says whose word it takes)."""
    client = scope.get("client")
    return str(client[0]) if client else ""
