"""The event decoder under anything a broker may hand over: an event, or NotAnEventError, and nothing else."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.envelope import Envelope, Headers, NotAnEventError, event_type, from_record, to_headers
from shared.events.registry import AGGREGATES, check, decode, encode, source_of

EXAMPLES = Path(__file__).parents[2] / "shared" / "events" / "examples"
FUZZ = settings(max_examples=300, deadline=None, derandomize="CI" in os.environ)

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ANY_VALUE = st.none() | st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode())
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@st.composite
def events(draw: st.DrawFn) -> Envelope:
    """A valid event around one of the golden examples."""
    name = draw(st.sampled_from(sorted(AGGREGATES)))
    kind = AGGREGATES[name]
    return Envelope(
        id=draw(st.uuids()),
        type=event_type(kind.SERVICE, draw(st.sampled_from(kind.EVENTS))),
        source=source_of(kind.SERVICE),
        time=draw(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=ZONES)),  # noqa: DTZ001
        province_id=draw(st.uuids()),
        aggregate_type=name,
        aggregate_id=draw(st.uuids()),
        version=draw(st.integers(1, 2**63 - 1)),
        data=(EXAMPLES / f"{name}.json").read_bytes(),
        traceparent=draw(st.none() | st.just("00-" + "a" * 32 + "-" + "b" * 16 + "-01")),
    )


def read(key: bytes | None, value: bytes | None, headers: Headers) -> bool:
    """Whether it is an event with a state; what is none must say so, and anything else it raises fails the test."""
    try:
        event = from_record(key, value, headers)
        check(event)
        state = decode(event, AGGREGATES[event.aggregate_type])
    except NotAnEventError:
        return False
    assert isinstance(state, AGGREGATES[event.aggregate_type])
    return True


@FUZZ
@given(events())
def test_a_valid_event_comes_back_as_it_went(event: Envelope) -> None:
    found = from_record(str(event.aggregate_id).encode(), event.data, to_headers(event))
    assert found == event
    check(found)
    kind = AGGREGATES[event.aggregate_type]
    state = decode(found, kind)
    assert decode(msgspec.structs.replace(found, data=encode(state)), kind) == state


@FUZZ
@given(ANY_VALUE, ANY_VALUE, st.lists(st.tuples(st.text(max_size=30), st.binary(max_size=60)), max_size=14))
def test_arbitrary_bytes_are_never_an_event_and_never_another_error(
    key: bytes | None, value: bytes | None, headers: Headers
) -> None:
    assert not read(key, value, headers)


@FUZZ
@given(events(), st.data())
def test_one_spoilt_header_is_read_or_refused(event: Envelope, data: st.DataObject) -> None:
    headers = to_headers(event)
    place = data.draw(st.integers(0, len(headers) - 1))
    name, value = headers[place]
    spoilt = data.draw(
        st.binary(max_size=80)
        | st.text(max_size=80).map(lambda text: text.encode())
        | st.integers(-(10**30), 10**30).map(lambda number: str(number).encode())
        | st.integers(0, len(value)).map(lambda cut: value[:cut])
        | st.just(b"9" * 5_000)
    )
    headers[place] = (name, spoilt)
    if data.draw(st.booleans()):
        headers.append((name, value))
    read(str(event.aggregate_id).encode(), event.data, headers)


@FUZZ
@given(events(), st.data())
def test_a_spoilt_payload_is_read_or_refused(event: Envelope, data: st.DataObject) -> None:
    content = json.loads(event.data)
    member = data.draw(st.sampled_from(sorted(content)))
    if data.draw(st.booleans()):
        content[member] = data.draw(ANY_JSON)
    else:
        del content[member]
    payload = json.dumps(content).encode()
    cut = data.draw(st.just(len(payload)) | st.integers(0, len(payload)))
    read(
        str(event.aggregate_id).encode(),
        payload[:cut] + data.draw(st.just(b"") | st.binary(max_size=4)),
        to_headers(event),
    )


@FUZZ
@given(events(), st.binary(max_size=200) | st.integers(900, 1_100).map(lambda depth: b"[" * depth))
def test_any_payload_under_good_headers_is_refused(event: Envelope, payload: bytes) -> None:
    assert not read(str(event.aggregate_id).encode(), payload, to_headers(event))
