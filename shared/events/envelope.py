"""CloudEvents 1.0 around an aggregate's whole state, in the binary Kafka binding (headers and a JSON value)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"

Headers = list[tuple[str, bytes]]

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""With a zone: an instant without one would mean another moment in each database, so it is refused when read."""


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of every payload: the whole state of one aggregate, so that its newest event alone is enough.

    `AGGREGATE` is the aggregate's type and `EVENTS` the names its producer may say of it.
    Within v1 a change is only additive: readers ignore unknown members, new members have defaults.
    """

    AGGREGATE: ClassVar[str]
    EVENTS: ClassVar[tuple[str, ...]]
    SERVICE: ClassVar[str]

    province_id: UUID


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One dated step of an aggregate: what happened, when it took effect, when it was recorded (UTC)."""

    what: str
    effective_at: Instant
    recorded_at: Instant


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it travels. `data` is the JSON of the aggregate's state; `version` grows with each event of it."""

    id: UUID
    type: str
    source: str
    time: datetime
    province_id: UUID
    aggregate_type: str
    aggregate_id: UUID
    version: int
    data: bytes
    traceparent: str | None = None


class NotAnEventError(ValueError):
    """A record on a topic that is not one of our events. The message names the fault, never the payload."""


def event_type(service: str, event: str) -> str:
    """`vn.bdtx.<service>.<event>.v1`"""
    return f"vn.bdtx.{service}.{event}.v1"


def to_headers(event: Envelope) -> Headers:
    """The CloudEvents attributes as Kafka headers (binary binding, `ce_` prefix)."""
    headers = {
        "ce_specversion": SPEC_VERSION,
        "ce_id": str(event.id),
        "ce_type": event.type,
        "ce_source": event.source,
        "ce_time": event.time.isoformat(),
        "ce_provinceid": str(event.province_id),
        "ce_aggregatetype": event.aggregate_type,
        "ce_aggregateid": str(event.aggregate_id),
        "ce_aggregateversion": str(event.version),
        "ce_partitionkey": str(event.aggregate_id),
        "content-type": CONTENT_TYPE,
    }
    if event.traceparent is not None:
        headers["ce_traceparent"] = event.traceparent
    return [(name, value.encode()) for name, value in headers.items()]


def from_record(key: bytes | None, value: bytes | None, headers: Headers) -> Envelope:
    """Reads one Kafka record.

    Raises NotAnEventError where a header is missing, doubled or malformed, where the key is not the aggregate's
    id, or where there is no value (a tombstone: our topics have none).
    """
    found: dict[str, str] = {}
    for name, raw in headers:
        if name in found:
            raise NotAnEventError(f"header {name} stands twice")
        try:
            found[name] = raw.decode()
        except (UnicodeDecodeError, AttributeError):
            raise NotAnEventError(f"header {name} is not UTF-8 text") from None
    if value is None:
        raise NotAnEventError("a record without a value")
    if found.get("ce_specversion") != SPEC_VERSION:
        raise NotAnEventError("ce_specversion is not 1.0")
    try:
        event = Envelope(
            id=UUID(found["ce_id"]),
            type=found["ce_type"],
            source=found["ce_source"],
            time=datetime.fromisoformat(found["ce_time"]),
            province_id=UUID(found["ce_provinceid"]),
            aggregate_type=found["ce_aggregatetype"],
            aggregate_id=UUID(found["ce_aggregateid"]),
            version=int(found["ce_aggregateversion"]),
            data=value,
            traceparent=found.get("ce_traceparent"),
        )
    except KeyError as missing:
        raise NotAnEventError(f"header {missing.args[0]} is missing") from None
    except ValueError as fault:
        raise NotAnEventError(f"a header is malformed: {type(fault).__name__}") from None
    if not 0 < event.version < 2**63:
        raise NotAnEventError("ce_aggregateversion is out of range")
    if event.time.tzinfo is None:
        raise NotAnEventError("ce_time has no zone")
    if key != str(event.aggregate_id).encode():
        raise NotAnEventError("the key is not the aggregate's id")
    return event
