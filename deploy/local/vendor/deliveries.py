"""Cuts the course's stream into webhook deliveries: batches, single events, repeats; a day never mixes with another."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby
from typing import Final

from deploy.local.vendor.behaviour import VendorEvent
from deploy.local.vendor.rhythm import local_time
from shared.clock import VIETNAM

BATCH: Final = 500
# Chances in each day, and of each delivery.
_MOST_SINGLES: Final = 10
_SHORT_BATCH: Final = 0.2
_REPEATED: Final = 0.02
_REPEATED_AS_NEW: Final = 0.02


@dataclass(frozen=True, slots=True)
class Delivery:
    """One call of the webhook. `sending` is 1, or 2 where the vendor repeats a delivery under the same webhook id."""

    webhook_id: str
    sending: int
    day: date
    events: tuple[VendorEvent, ...]

    @property
    def body(self) -> bytes:
        """One event bare, several as `{"events": [...]}`."""
        if len(self.events) == 1:
            return self.events[0].body
        return b'{"events":[' + b",".join(event.body for event in self.events) + b"]}"

    @property
    def server_date(self) -> str:
        """The last second of the delivery's day in Vietnam, for `X-With-Server-Date`: after every event in it."""
        return datetime.combine(self.day, time(23, 59, 59), tzinfo=VIETNAM).isoformat()


def cut(events: Sequence[VendorEvent], seed: int) -> list[Delivery]:
    """All deliveries in the order of sending. Ids are stable: the same events and seed give the same list.

    Some deliveries are repeated, the same day or on the next one that has events, with the same webhook id or with
    a new one; the events in them are the same to the byte.
    """
    deliveries: list[Delivery] = []
    tomorrow: list[Delivery] = []
    arriving = sorted(events, key=lambda event: (event.arrives, event.at, event.id))
    for day, todays in groupby(arriving, key=lambda event: local_time(event.arrives).date()):
        rng = random.Random(f"{seed}:deliveries:{day}")
        number = 0
        repeats, tomorrow = tomorrow, []
        for part in _parts(list(todays), rng):
            number += 1
            delivery = Delivery(f"msg_{day:%Y%m%d}_{number:04d}", 1, day, part)
            deliveries.append(delivery)
            chance = rng.random()
            if chance < _REPEATED:
                again = replace(delivery, sending=2)
            elif chance < _REPEATED + _REPEATED_AS_NEW:
                number += 1
                again = replace(delivery, webhook_id=f"msg_{day:%Y%m%d}_{number:04d}")
            else:
                continue
            (deliveries if rng.random() < 0.5 else tomorrow).append(again)
        deliveries.extend(replace(repeat, day=day) for repeat in repeats)
    # What was to be repeated after the last day is repeated on it.
    deliveries.extend(tomorrow)
    return deliveries


def _parts(events: list[VendorEvent], rng: random.Random) -> Iterator[tuple[VendorEvent, ...]]:
    """A day's events in their order: mostly full batches, here and there a short one or a single event."""
    singles = rng.randrange(_MOST_SINGLES + 1)
    start = 0
    while start < len(events):
        if singles and rng.random() < 0.5:
            singles -= 1
            size = 1
        elif rng.random() < _SHORT_BATCH:
            size = rng.randint(20, BATCH - 1)
        else:
            size = BATCH
        yield tuple(events[start : start + size])
        start += size


def sendings(deliveries: Iterable[Delivery]) -> int:
    """How many events travel in all, repeats counted."""
    return sum(len(delivery.events) for delivery in deliveries)
