"""Reading a signed body: what is of the contract's form, and that nothing in it can break the reading."""

from __future__ import annotations

import json

import pytest

from services.grading.use_cases.deliveries import MOST_EVENTS, MalformedDeliveryError, TooLargeError, read_delivery
from shared.clock import new_id, utc_now
from tests.services.grading.vendor import event, single


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"{}",
        b'{"id": 5}',
        b'{"events": {}}',
        b'{"events": null}',
        b"\xef\xbb\xbf{}",
        b'{"id": "a", "score": NaN}',
        b'{"id": "a"} {"id": "b"}',
        b'{"id": "\\ud800"}',
        b'{"id": "a", "id": "b"}',
        b'{"events": [{"id": "a", "data": {"score": "9", "score": "10"}}]}',
        b'{"events": [], "events": []}',
        b'{"id": "a", "id": "\\u003a"}',
        b'{"id": "a", "\\u0069d": "b"}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"id": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"id": "a", "n": 1e99999999999999999999}',
        json.dumps({"events": [event(f"e-{n}") for n in range(MOST_EVENTS + 1)]}).encode(),
    ],
)
def test_what_is_not_of_the_contract_s_form_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDeliveryError):
        read_delivery(body, webhook_id="d", now=utc_now(), new_id=new_id, traceparent=None)


def test_colons_in_texts_and_as_escapes_are_no_members() -> None:
    told = event("a:b") | {"note": "::", "time:of": ["7:00", {"x": 1.50}]}
    for body in (single(told), single(told).replace(b"::", b"\\u003A\\u003a:")):
        assert len(read_delivery(body, webhook_id="d", now=utc_now(), new_id=new_id, traceparent=None).pieces) == 1


def test_a_single_event_past_256_kib_is_too_large() -> None:
    with pytest.raises(TooLargeError):
        read_delivery(
            single(event("a") | {"note": "x" * 256 * 1024}),
            webhook_id="d",
            now=utc_now(),
            new_id=new_id,
            traceparent=None,
        )


def test_no_depth_of_nesting_breaks_the_reading() -> None:
    """Between what the parser takes and what the content's hash can walk lies nothing."""
    for depth in [*range(1, 200, 20), *range(200, 1_100)]:
        body = single(event("a"))[:-1] + b', "x": ' + b"[" * depth + b"]" * depth + b"}"
        try:
            incoming = read_delivery(body, webhook_id="d", now=utc_now(), new_id=new_id, traceparent=None)
        except MalformedDeliveryError:
            continue
        assert len(incoming.pieces) + len(incoming.rejected) == 1


@pytest.mark.parametrize("number", ["1" * 30, "-" + "9" * 400, "1e400", "-1e-400", "0." + "1" * 300, "1" * 5_000])
def test_unknown_members_of_any_size_only_count_for_the_content(number: str) -> None:
    body = single(event("a"))[:-1] + f', "x": {number}}}'.encode()
    try:
        incoming = read_delivery(body, webhook_id="d", now=utc_now(), new_id=new_id, traceparent=None)
    except MalformedDeliveryError:
        return
    assert len(incoming.pieces) == 1
