"""F-19: the vendor's stream doubled, one to five times, and out of order, with delays of up to 75 hours of its time."""

from __future__ import annotations

import asyncio
import heapq
import random
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from deploy.local.stack import Stack
from deploy.local.vendor.deliveries import Delivery
from deploy.local.vendor.rhythm import local_time
from tests.chaos.modes import MODES
from tests.chaos.schedule import Planned

MOST_COPIES: Final = 5
LATEST_MS: Final = 75 * 3_600_000
_UNDER_ITS_ID: Final = 0.5


@dataclass
class Delayed:
    """Deliveries that are held back: by the instant (milliseconds since 1970 UTC) at which they are due.

    The seed and the deliveries alone decide. A copy comes under its delivery's id or under one of its own; the events
    are the same to the byte.
    """

    chance: random.Random
    last_day: date
    _waiting: list[tuple[int, int, Delivery]] = field(default_factory=list)
    _taken: int = 0

    def take(self, delivery: Delivery) -> None:
        """Instead of sending it now: it comes one to five times, each time at an instant of its own."""
        for copy in range(self.chance.randint(1, MOST_COPIES)):
            self._taken += 1
            due = delivery.events[-1].arrives + self.chance.randint(0, LATEST_MS)
            one = replace(delivery, day=max(delivery.day, min(local_time(due).date(), self.last_day)))
            if copy and self.chance.random() < _UNDER_ITS_ID:
                one = replace(one, sending=delivery.sending + copy)
            elif copy:
                one = replace(one, webhook_id=f"storm_{self._taken:06d}", sending=1)
            heapq.heappush(self._waiting, (due, self._taken, one))

    def due(self, now: int | None) -> list[Delivery]:
        """What is due at an instant of the stream's time; all that is left where the stream is over."""
        found: list[Delivery] = []
        while self._waiting and (now is None or self._waiting[0][0] <= now):
            found.append(heapq.heappop(self._waiting)[2])
        return found


class Storm:
    """The load sends so while it lasts; what is held back still comes when it is due."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """The effects are compared at the end of the run, as ever (I1, I4, I11)."""
        MODES.storm = True
        try:
            await asyncio.sleep(planned.for_s)
        finally:
            MODES.storm = False
