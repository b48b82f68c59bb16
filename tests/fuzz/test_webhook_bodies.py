"""Signed bodies and their headers under anything a vendor may send: counted once, or refused as what they are."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from gateway.webhooks import SignedHeaders, signed_headers, verified
from services.grading.use_cases.deliveries import MalformedDeliveryError, TooLargeError, read_delivery
from shared.clock import new_id
from tests.fuzz.test_decoder import ANY_JSON
from tests.services.grading.vendor import START, whole_course

FUZZ = settings(max_examples=300, deadline=None, derandomize="CI" in os.environ)
NOW = START + timedelta(days=30)
SENT_AT = datetime(2026, 1, 1, tzinfo=UTC)
KEY = bytes(range(32))
NAMES = (b"webhook-id", b"webhook-timestamp", b"webhook-signature")
VALID = whole_course()


def counted(body: bytes) -> tuple[int, int] | None:
    """How many events were read and how many rejected; None where the body as a whole is refused."""
    try:
        found = read_delivery(body, webhook_id="fuzz", now=NOW, new_id=new_id, traceparent=None)
    except (MalformedDeliveryError, TooLargeError):
        return None
    return len(found.pieces), len(found.rejected)


@FUZZ
@given(st.binary(max_size=200) | ANY_JSON.map(lambda content: json.dumps(content).encode()))
def test_an_arbitrary_body_is_refused_or_each_of_its_events_is_rejected(body: bytes) -> None:
    found = counted(body)
    assert found is None or found[0] == 0


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A valid event with up to three members, at any depth, put in another's place or taken away."""
    event = json.loads(json.dumps(draw(st.sampled_from(VALID))))
    for _ in range(draw(st.integers(0, 3))):
        place = event
        while isinstance(place, dict) and place:
            name = draw(st.sampled_from(sorted(place)))
            if isinstance(place[name], dict) and draw(st.booleans()):
                place = place[name]
                continue
            if draw(st.booleans()):
                place[name] = draw(ANY_JSON)
            else:
                del place[name]
            break
    return event


@FUZZ
@given(st.lists(spoilt() | ANY_JSON, max_size=6))
def test_every_event_of_a_delivery_is_read_or_rejected_exactly_once(events: list[Any]) -> None:
    found = counted(json.dumps({"events": events}).encode())
    # A whole delivery is refused only for what no JSON of this form can hold: NaN, infinities, lone surrogates.
    assert found is None or sum(found) == len(events)


@FUZZ
@given(spoilt(), st.data())
def test_a_body_cut_or_bent_anywhere_is_counted_or_refused(event: Any, data: st.DataObject) -> None:
    body = bytearray(json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(0, 255))
    found = counted(bytes(body)[: data.draw(st.just(len(body)) | st.integers(0, len(body)))])
    assert found is None or sum(found) <= 500


@pytest.mark.parametrize("around", [b'{"id":"a","data":%s}', b'{"events":[{"id":"a","data":%s}]}'])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_body_as_deep_as_can_just_be_read_is_malformed_and_no_fault_of_ours(
    around: bytes, opening: bytes, closing: bytes
) -> None:
    """At one depth the reader still had room and the writer, one call further down, had not: RecursionError."""
    for depth in range(700, 1_010):
        counted(around % (opening * depth + b"1" + closing * depth))


HOSTILE = st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode()) | st.just(b"9" * 5_000)


@FUZZ
@given(st.lists(st.tuples(st.sampled_from(NAMES), HOSTILE), max_size=6), st.binary(max_size=60))
def test_no_hostile_header_is_taken_for_a_signature(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    found = signed_headers(headers, SENT_AT.timestamp())
    assert found is None or not verified([KEY], found, body)


@FUZZ
@given(HOSTILE | st.from_regex(rb"v1[a-z]?,[A-Za-z0-9+/]{0,60}={0,2}( v1,[A-Za-z0-9+/]{0,60}){0,25}", fullmatch=True))
def test_a_forged_signature_under_good_headers_is_refused(signature: bytes) -> None:
    stamp = str(int(SENT_AT.timestamp())).encode()
    headers = list(zip(NAMES, (b"msg_1", stamp, signature), strict=True))
    found = signed_headers(headers, SENT_AT.timestamp())
    assert found is None or not verified([KEY], found, b"{}")


@FUZZ
@given(st.text(max_size=100), st.from_regex(r"[\x21-\x2d\x2f-\x7e]{1,200}", fullmatch=True), st.data())
def test_what_the_specifications_own_library_signs_is_taken_and_one_bent_byte_is_not(
    text: str, id_: str, data: st.DataObject
) -> None:
    signature = Webhook(KEY).sign(id_, SENT_AT, text)
    stamp = str(int(SENT_AT.timestamp())).encode()
    signed = signed_headers(
        list(zip(NAMES, (id_.encode(), stamp, signature.encode()), strict=True)), SENT_AT.timestamp()
    )
    assert signed == SignedHeaders(id_, stamp.decode(), signature)
    body = bytearray(text.encode())
    assert verified([KEY], signed, bytes(body))
    body.insert(data.draw(st.integers(0, len(body))), data.draw(st.integers(0, 255)))
    assert not verified([KEY], signed, bytes(body))
