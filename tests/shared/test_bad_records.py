"""Every way in which a record can be no event of ours: parked with its reason, never an effect, never a stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.events.envelope import Envelope, Headers, to_headers
from shared.parking import Raw
from tests.support.handlers import applier, parked, shown
from tests.support.states import envelope, number, record, unit

POISONED = number(37)


def said(unit_id: UUID, version: int, name: str = "Trường") -> Envelope:
    """`unit_changed` of one unit."""
    return envelope(unit_id, version, unit(unit_id, name), "unit_changed")


def _headers(**changed: bytes | None) -> Headers:
    """The headers of a good event, one of them changed or (None) left out."""
    headers = dict(to_headers(said(POISONED, 1)))
    for name, value in changed.items():
        if value is None:
            del headers[name]
        else:
            headers[name] = value
    return list(headers.items())


def _bad(
    *,
    headers: Headers | None = None,
    value: bytes | None = said(POISONED, 1).data,
    key: bytes | None = str(POISONED).encode(),
) -> Callable[[], Raw]:
    return lambda: Raw("roster.events", 0, 1, key, value, _headers() if headers is None else headers)


BAD: dict[str, tuple[Callable[[], Raw], str]] = {
    "tombstone": (_bad(value=None), "a record without a value"),
    "not JSON": (_bad(value=b"{"), "the payload is not a unit"),
    "not UTF-8": (_bad(value=b'{"a": "\xff"}'), "the payload is not a unit"),
    "JSON nested 200,000 deep": (_bad(value=b"[" * 200_000), "the payload is not a unit"),
    "an array": (_bad(value=b"[]"), "the payload is not a unit"),
    "wrong specversion": (_bad(headers=_headers(ce_specversion=b"0.3")), "ce_specversion is not 1.0"),
    "no specversion": (_bad(headers=_headers(ce_specversion=None)), "ce_specversion is not 1.0"),
    "no id": (_bad(headers=_headers(ce_id=None)), "header ce_id is missing"),
    "no type": (_bad(headers=_headers(ce_type=None)), "header ce_type is missing"),
    "no version": (_bad(headers=_headers(ce_aggregateversion=None)), "header ce_aggregateversion is missing"),
    "no headers": (_bad(headers=[]), "ce_specversion is not 1.0"),
    "doubled header": (_bad(headers=[*_headers(), ("ce_id", b"x")]), "header ce_id stands twice"),
    "header that is no text": (_bad(headers=_headers(ce_type=b"\xff")), "header ce_type is not UTF-8 text"),
    "header without a value": (_bad(headers=[*_headers(), ("ce_x", cast("bytes", None))]), "header ce_x is not UTF-8"),
    "NUL in a header": (_bad(headers=_headers(ce_id=b"\x00")), "a header is malformed"),
    "NUL in a header's name": (_bad(headers=[*_headers(), ("a\x00", b"1"), ("a\x00", b"2")]), "header a\ufffd stands"),
    "unknown type": (_bad(headers=_headers(ce_type=b"vn.bdtx.roster.exploded.v1")), "an event type"),
    "unknown schema version": (_bad(headers=_headers(ce_type=b"vn.bdtx.roster.unit_changed.v2")), "an event type"),
    "type of another aggregate": (_bad(headers=_headers(ce_type=b"vn.bdtx.roster.enrolled.v1")), "an event type"),
    "unknown aggregate": (_bad(headers=_headers(ce_aggregatetype=b"rocket")), "an event type"),
    "foreign producer's source": (_bad(headers=_headers(ce_source=b"/vn/bdtx/grading")), "a source that does not own"),
    "key of another aggregate": (_bad(key=str(number(1)).encode()), "the key is not the aggregate's id"),
    "no key": (_bad(key=None), "the key is not the aggregate's id"),
    "version 0": (_bad(headers=_headers(ce_aggregateversion=b"0")), "ce_aggregateversion is out of range"),
    "version below 0": (_bad(headers=_headers(ce_aggregateversion=b"-1")), "ce_aggregateversion is out of range"),
    "version past 63 bits": (_bad(headers=_headers(ce_aggregateversion=b"9223372036854775808")), "ce_aggregateversion"),
    "version of 5,000 digits": (_bad(headers=_headers(ce_aggregateversion=b"9" * 5_000)), "a header is malformed"),
    "version that is no number": (_bad(headers=_headers(ce_aggregateversion=b"one")), "a header is malformed"),
    "id that is none": (_bad(headers=_headers(ce_aggregateid=b"../x")), "a header is malformed"),
    "time that is none": (_bad(headers=_headers(ce_time=b"yesterday")), "a header is malformed"),
    "time without a zone": (_bad(headers=_headers(ce_time=b"2020-12-28T02:15:02")), "ce_time has no zone"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_record_that_is_no_event_of_ours_is_parked_with_its_reason_and_without_effect(
    engine: AsyncEngine, name: str
) -> None:
    make, reason = BAD[name]
    await applier(engine).apply([record(said(number(1), 1)), make(), record(said(number(2), 1), offset=2)])
    assert await shown(engine) == {number(1): 1, number(2): 1}
    ((_, _, said_reason, state),) = await parked(engine)
    assert said_reason.startswith(reason)
    assert state == "parked"


GOOD: dict[str, Raw] = {
    "time in 1970": Raw(
        "t", 0, 0, str(POISONED).encode(), said(POISONED, 1).data, _headers(ce_time=b"1970-01-01T00:00:00Z")
    ),
    "time in 2099": Raw(
        "t", 0, 0, str(POISONED).encode(), said(POISONED, 1).data, _headers(ce_time=b"2099-01-01T00:00:00Z")
    ),
    "a header more": Raw(
        "t", 0, 0, str(POISONED).encode(), said(POISONED, 1).data, [*_headers(), ("ce_colour", b"blue")]
    ),
    "no trace": record(said(POISONED, 1)),
    "a gap in the versions": record(said(POISONED, 70)),
    "members from the future": Raw(
        "t",
        0,
        0,
        str(POISONED).encode(),
        said(POISONED, 1).data.replace(b'{"province', b'{"new": [{}], "province', 1),
        _headers(),
    ),
    "almost 1 MiB": record(said(POISONED, 1, "x" * 1_000_000)),
}


@pytest.mark.parametrize("name", GOOD)
async def test_what_is_only_unusual_is_applied(engine: AsyncEngine, name: str) -> None:
    await applier(engine).apply([GOOD[name]])
    assert POISONED in await shown(engine)
    assert await parked(engine) == []


async def test_a_bad_record_delivered_again_is_parked_once(engine: AsyncEngine) -> None:
    """A record without an envelope has no version to be known by; its place in the log must do."""
    for _ in range(3):
        await applier(engine).apply([BAD["tombstone"][0]()])
    assert len(await parked(engine)) == 1
