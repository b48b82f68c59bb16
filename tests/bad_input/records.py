"""Records on a topic of ours that are no event, and some that only look strange: what table G5 is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from uuid import UUID

from shared.events.envelope import Envelope, Headers, to_headers
from shared.parking import Raw
from tests.support.states import envelope, number, unit

POISONED = number(37)
CANARY = "080180012345-canary"
"""An identity number as someone might send it: it stands in every payload."""
TOPIC = "roster.events"

Change = Callable[[Headers], Headers]
Make = Callable[..., Raw]


def said(unit_id: UUID, version: int = 1, name: str = f"Trường {CANARY}") -> Envelope:
    """`unit_changed` of one unit."""
    return envelope(unit_id, version, unit(unit_id, name), "unit_changed")


def _with(**changed: bytes | None) -> Change:
    """One header changed or (None) left out."""

    def change(headers: Headers) -> Headers:
        kept = [(name, changed.get(name, value)) for name, value in headers]
        return [(name, value) for name, value in kept if value is not None]

    return change


def _more(*rows: tuple[str, bytes | None]) -> Change:
    return lambda headers: [*headers, *cast("Headers", rows)]


_SAME = "same"


def _record(
    change: Change = list,
    *,
    value: bytes | str | None = _SAME,
    key: bytes | str | None = _SAME,
    event: Callable[[UUID], Envelope] = said,
) -> Make:
    """Makes the record of an aggregate, changed in one place."""

    def make(aggregate_id: UUID = POISONED) -> Raw:
        good = event(aggregate_id)
        content = good.data if isinstance(value, str) else value
        name = str(aggregate_id).encode() if isinstance(key, str) else key
        return Raw(TOPIC, 0, 1, name, content, change(to_headers(good)))

    return make


def _newer(aggregate_id: UUID) -> Envelope:
    return said(aggregate_id, 70)


def _large(aggregate_id: UUID) -> Envelope:
    return said(aggregate_id, 1, CANARY + "x" * 1_000_000)


def _extra(aggregate_id: UUID = POISONED) -> Raw:
    good = said(aggregate_id)
    data = good.data.replace(b'{"province', b'{"new": [{}], "province', 1)
    return Raw(TOPIC, 0, 1, str(aggregate_id).encode(), data, to_headers(good))


_NO_UNIT = "the payload is not a unit"
_STRANGE_TYPE = "an event type"
_CANARY = CANARY.encode()

BAD: dict[str, tuple[Make, str]] = {
    "value None (tombstone)": (_record(value=None), "a record without a value"),
    "value empty": (_record(value=b""), _NO_UNIT),
    "not JSON": (_record(value=b"{" + _CANARY), _NO_UNIT),
    "not UTF-8": (_record(value=b'{"a": "\xff%s"}' % _CANARY), _NO_UNIT),
    "JSON nested 200,000 deep": (_record(value=b"[" * 200_000), _NO_UNIT),
    "an array": (_record(value=b'["%s"]' % _CANARY), _NO_UNIT),
    "a text": (_record(value=b'"%s"' % _CANARY), _NO_UNIT),
    "wrong ce_specversion": (_record(_with(ce_specversion=b"0.3")), "ce_specversion is not 1.0"),
    "missing header: specversion": (_record(_with(ce_specversion=None)), "ce_specversion is not 1.0"),
    "missing header: id": (_record(_with(ce_id=None)), "header ce_id is missing"),
    "missing header: type": (_record(_with(ce_type=None)), "header ce_type is missing"),
    "missing header: version": (_record(_with(ce_aggregateversion=None)), "header ce_aggregateversion is missing"),
    "no headers": (_record(lambda _: []), "ce_specversion is not 1.0"),
    "doubled header": (_record(_more(("ce_id", b"x"))), "header ce_id stands twice"),
    "header that is no text": (_record(_with(ce_type=b"\xff")), "header ce_type is not UTF-8 text"),
    "header without a value": (_record(_more(("ce_x", None))), "header ce_x is not UTF-8"),
    "NUL in a header": (_record(_with(ce_id=b"\x00")), "a header is malformed"),
    "NUL in a header's name": (_record(_more(("a\x00", b"1"), ("a\x00", b"2"))), "header a\ufffd stands"),
    "unknown type": (_record(_with(ce_type=b"vn.bdtx.roster.exploded.v1")), _STRANGE_TYPE),
    "unknown schema version": (_record(_with(ce_type=b"vn.bdtx.roster.unit_changed.v2")), _STRANGE_TYPE),
    "type of another aggregate": (_record(_with(ce_type=b"vn.bdtx.roster.enrolled.v1")), _STRANGE_TYPE),
    "unknown aggregate": (_record(_with(ce_aggregatetype=b"rocket")), _STRANGE_TYPE),
    "foreign producer's source": (_record(_with(ce_source=b"/vn/bdtx/grading")), "a source that does not own"),
    "key of another aggregate": (_record(key=str(number(1)).encode()), "the key is not the aggregate's id"),
    "no key": (_record(key=None), "the key is not the aggregate's id"),
    "version 0": (_record(_with(ce_aggregateversion=b"0")), "ce_aggregateversion is out of range"),
    "version below 0": (_record(_with(ce_aggregateversion=b"-1")), "ce_aggregateversion is out of range"),
    "version past 63 bits": (_record(_with(ce_aggregateversion=b"9223372036854775808")), "ce_aggregateversion"),
    "version of 5,000 digits": (_record(_with(ce_aggregateversion=b"9" * 5_000)), "a header is malformed"),
    "version that is no number": (_record(_with(ce_aggregateversion=b"one")), "a header is malformed"),
    "id that is none": (_record(_with(ce_aggregateid=b"../x")), "a header is malformed"),
    "time that is none": (_record(_with(ce_time=b"yesterday")), "a header is malformed"),
    "time without a zone": (_record(_with(ce_time=b"2020-12-28T02:15:02")), "ce_time has no zone"),
}
"""What is parked, and how its reason begins."""

GOOD: dict[str, Make] = {
    "time in 1970": _record(_with(ce_time=b"1970-01-01T00:00:00Z")),
    "time in 2099": _record(_with(ce_time=b"2099-01-01T00:00:00Z")),
    "extra headers": _record(_more(("ce_colour", b"blue"))),
    "extra fields": _extra,
    "no trace": _record(),
    "version gap": _record(event=_newer),
    "almost 1 MiB": _record(event=_large),
}
"""What is only unusual: it is applied."""
