"""Synthetic states and envelopes for the proofs of shared/."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from shared.events.envelope import Envelope, State, event_type, to_headers
from shared.events.registry import encode, source_of
from shared.events.roster import Unit, UnitPeriod
from shared.parking import Raw

PROVINCE = UUID("01980000-0000-7000-8000-000000000001")
OTHER_PROVINCE = UUID("01980000-0000-7000-8000-000000000002")
NOW = datetime(2020, 12, 28, 2, 15, 2, tzinfo=UTC)


def number(n: int, *, kind: int = 0) -> UUID:
    """The n-th id of a kind, shaped as UUIDv7."""
    return UUID(int=(0x01980000 << 96) | (0x7000 << 64) | (0x8000 << 48) | (kind << 32) | n)


def unit(unit_id: UUID, name: str, *, province_id: UUID = PROVINCE) -> Unit:
    """A unit with one period."""
    period = UnitPeriod(
        code="80.01", name=name, kind="school", parent_id=None, valid_from=date(2020, 1, 1), valid_to=None
    )
    return Unit(province_id=province_id, unit_id=unit_id, periods=[period])


def envelope(aggregate_id: UUID, version: int, state: State, event: str) -> Envelope:
    """An event around a state."""
    return Envelope(
        id=UUID(int=aggregate_id.int ^ (version << 64)),
        type=event_type(state.SERVICE, event),
        source=source_of(state.SERVICE),
        time=NOW,
        province_id=state.province_id,
        aggregate_type=state.AGGREGATE,
        aggregate_id=aggregate_id,
        version=version,
        data=encode(state),
    )


def record(event: Envelope, *, offset: int = 0, partition: int = 0) -> Raw:
    """The record of an event."""
    topic = event.source.rpartition("/")[2] + ".events"
    return Raw(topic, partition, offset, str(event.aggregate_id).encode(), event.data, to_headers(event))
