"""The record of deliveries."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

from deploy.local.vendor.behaviour import VendorEvent
from deploy.local.vendor.deliveries import Delivery
from deploy.local.vendor.record import DeliveryRecord

SENT_AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def delivery(webhook_id: str, *ids: str, sending: int = 1) -> Delivery:
    events = tuple(VendorEvent(0, one, 0, json.dumps({"id": one}).encode()) for one in ids)
    return Delivery(webhook_id, sending, date(2020, 8, 10), events)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_event_of_each_attempt_has_a_line_in_the_contracts_form(tmp_path: Path) -> None:
    path = tmp_path / "vendor-events.ndjson"
    with DeliveryRecord(path, "viettel") as record:
        record.write(delivery("msg_1", "a", "b"), SENT_AT, 0)
        record.write(delivery("msg_1", "a", "b"), SENT_AT, 200, {"b": 'bad "value"'})
    first = {
        "sent_at": "2026-01-02T03:04:05.678000Z",
        "vendor": "viettel",
        "webhook_id": "msg_1",
        "status": 0,
        "rejected": None,
        "event": {"id": "a"},
    }
    assert lines(path) == [
        first,
        {**first, "event": {"id": "b"}},
        {**first, "status": 200},
        {**first, "status": 200, "rejected": 'bad "value"', "event": {"id": "b"}},
    ]
    assert list(lines(path)[0]) == ["sent_at", "vendor", "webhook_id", "status", "rejected", "event"]


def test_a_new_run_knows_what_was_answered_and_which_sending_of_it(tmp_path: Path) -> None:
    path = tmp_path / "vendor-events.ndjson"
    with DeliveryRecord(path, "viettel") as record:
        record.write(delivery("msg_1", "a", "b"), SENT_AT, 200)
        record.write(delivery("msg_2", "c"), SENT_AT, 503)
    with DeliveryRecord(path, "viettel") as record:
        assert record.has(delivery("msg_1", "a", "b"))
        assert not record.has(delivery("msg_1", "a", "b", sending=2))
        assert not record.has(delivery("msg_2", "c"))
        record.write(delivery("msg_1", "a", "b", sending=2), SENT_AT, 200)
        assert record.has(delivery("msg_1", "a", "b", sending=2))


def test_a_line_torn_by_a_crash_is_cut_off_and_its_delivery_counts_as_not_made(tmp_path: Path) -> None:
    path = tmp_path / "vendor-events.ndjson"
    with DeliveryRecord(path, "viettel") as record:
        record.write(delivery("msg_1", "a"), SENT_AT, 200)
        record.write(delivery("msg_2", "b", "c"), SENT_AT, 200)
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole[:-cut])
        with DeliveryRecord(path, "viettel") as record:
            assert not record.has(delivery("msg_2", "b", "c"))
        assert path.read_bytes() == whole[: whole.rfind(b"\n", 0, len(whole) - cut) + 1]


def test_an_absent_file_is_made_with_its_folder(tmp_path: Path) -> None:
    with DeliveryRecord(tmp_path / "deep" / "vendor-events.ndjson", "viettel") as record:
        assert not record.has(delivery("msg_1", "a"))
