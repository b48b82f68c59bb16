"""How the stream is cut into deliveries."""

import json
from collections import Counter

import pytest

from deploy.local.sample.province import Province, build
from deploy.local.vendor.behaviour import VendorEvent, course_events
from deploy.local.vendor.deliveries import BATCH, Delivery, cut, sendings
from deploy.local.vendor.rhythm import local_time

Course = tuple[list[VendorEvent], list[Delivery]]


@pytest.fixture(scope="module")
def course(province: Province, stream: list[VendorEvent]) -> Course:
    return stream, cut(stream, province.seed)


def test_every_event_is_delivered_and_no_batch_is_over_five_hundred(course: Course) -> None:
    events, deliveries = course
    assert {e.id for d in deliveries for e in d.events} == {e.id for e in events}
    assert max(len(d.events) for d in deliveries) == BATCH
    assert max(len(d.body) for d in deliveries) < 2 * 1024 * 1024
    assert sendings(deliveries) < 1.1 * len(events)


def test_days_do_not_mix_and_come_in_order(course: Course) -> None:
    _, deliveries = course
    assert [d.day for d in deliveries] == sorted(d.day for d in deliveries)
    for delivery in deliveries:
        assert delivery.server_date == f"{delivery.day}T23:59:59+07:00"
        assert all(local_time(event.arrives).date() <= delivery.day for event in delivery.events)


def test_some_deliveries_are_single_events_and_some_are_repeated(course: Course) -> None:
    _, deliveries = course
    assert sum(len(d.events) == 1 for d in deliveries) > 100
    by_id: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        by_id.setdefault(delivery.webhook_id, []).append(delivery)
    repeated = [same for same in by_id.values() if len(same) > 1]
    assert len(repeated) > 10
    for first, second in repeated:
        assert (first.sending, second.sending) == (1, 2)
        assert first.events == second.events
        assert first.day <= second.day
    bodies = Counter(d.events for d in deliveries if d.sending == 1)
    assert sum(number > 1 for number in bodies.values()) > 10


def test_cutting_again_gives_the_same_deliveries() -> None:
    province = build(people=300)
    events = course_events(province)
    assert cut(events, 2020) == cut(events[::-1], 2020) == cut(course_events(build(people=300)), 2020)
    assert cut(events, 2020) != cut(events, 2021)


def test_a_single_event_travels_bare_and_several_in_a_list(course: Course) -> None:
    _, deliveries = course
    single = json.loads(next(d.body for d in deliveries if len(d.events) == 1))
    several = json.loads(next(d.body for d in deliveries if len(d.events) > 1))
    assert single["id"].startswith("viettel-")
    assert set(several) == {"events"}
    assert several["events"][0]["id"].startswith("viettel-")
