"""The vendor's stream doubled and out of order: what is sent when."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from deploy.local.vendor.behaviour import VendorEvent
from deploy.local.vendor.deliveries import Delivery
from deploy.local.vendor.rhythm import local_time
from tests.chaos.storm import LATEST_MS, MOST_COPIES, Delayed

BEGAN_MS = 1_601_500_000_000
LAST_DAY = date(2020, 12, 31)


def deliveries(count: int) -> list[Delivery]:
    """One event each, an hour apart."""
    events = [
        VendorEvent(BEGAN_MS + n * 3_600_000, f"e-{n}", BEGAN_MS + n * 3_600_000, b'{"n":%d}' % n) for n in range(count)
    ]
    return [Delivery(f"d-{n}", 1, local_time(one.arrives).date(), (one,)) for n, one in enumerate(events)]


def played(seed: int, count: int) -> list[tuple[Delivery, int | None]]:
    """All that is sent, with the instant; None for what came when the stream was over."""
    delayed = Delayed(random.Random(seed), LAST_DAY)
    sent: list[tuple[Delivery, int | None]] = []
    for delivery in deliveries(count):
        delayed.take(delivery)
        now = delivery.events[-1].arrives
        sent += [(one, now) for one in delayed.due(now)]
    return sent + [(one, None) for one in delayed.due(None)]


@given(st.integers(0, 10_000))
def test_every_event_comes_one_to_five_times_and_at_most_75_hours_late(seed: int) -> None:
    sent = played(seed, 120)

    times = Counter(one.events[0].id for one, _ in sent)
    assert set(times) == {f"e-{n}" for n in range(120)}
    assert max(times.values()) <= MOST_COPIES
    for one, now in sent:
        if now is not None:
            # Looked at once an hour of the stream's time.
            assert 0 <= now - one.events[0].arrives <= LATEST_MS + 3_600_000
        assert one.day >= local_time(one.events[0].arrives).date()


def test_a_storm_doubles_and_mixes_the_order() -> None:
    order = [one.events[0].arrives for one, _ in played(7, 120)]

    assert len(order) > 240
    assert order != sorted(order)


def test_a_seed_makes_the_same_storm_again() -> None:
    assert played(7, 60) == played(7, 60)
