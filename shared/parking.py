"""Events that cannot be applied are parked: seen by a person, tried again, superseded, or discarded with a reason.

A row's life: `parked` -> `asked` (a person wants it tried again; shared/release.py tries it) -> `released`, or `parked`
again with the new reason; from either to `superseded` (a later version of the aggregate was applied) or `discarded`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import NewId
from shared.events.envelope import Envelope, Headers

_PARK = sa.text("""
    INSERT INTO parked_event (id, province_id, topic, partition, log_offset, aggregate_type, aggregate_id, version,
                              type, key, headers, data, reason, parked_at)
    SELECT :id, :province_id, :topic, :partition, :log_offset, :aggregate_type, :aggregate_id, :version,
           :type, :key, CAST(:headers AS jsonb), :data, :reason, :now
    WHERE CAST(:version AS bigint) IS NOT NULL OR NOT EXISTS (
        SELECT FROM parked_event p
        WHERE p.version IS NULL AND p.topic = :topic AND p.partition = :partition AND p.log_offset = :log_offset
          AND p.data IS NOT DISTINCT FROM :data)
    ON CONFLICT (aggregate_type, aggregate_id, version) WHERE version IS NOT NULL DO UPDATE SET reason = excluded.reason
""")

_SUPERSEDE = sa.text("""
    UPDATE parked_event p SET state = 'superseded', settled_at = :now
    FROM unnest(CAST(:types AS text[]), CAST(:ids AS uuid[]), CAST(:versions AS bigint[]))
         AS u (aggregate_type, aggregate_id, version)
    WHERE p.state IN ('parked', 'asked') AND p.aggregate_type = u.aggregate_type AND p.aggregate_id = u.aggregate_id
      AND p.version < u.version
""")

# Only these columns may be read by the api role: the payload is nobody's to look at.
_SHOWN = """
    id, province_id, topic, partition, log_offset, aggregate_type, aggregate_id, version, type, reason, state,
    parked_at, asked_at, settled_at, settled_why
"""
_REACH = "(province_id = :province_id OR (CAST(:installation AS boolean) AND province_id IS NULL))"

_LIST = sa.text(f"""
    SELECT {_SHOWN} FROM parked_event
    WHERE state IN ('parked', 'asked') AND {_REACH} AND (CAST(:after AS uuid) IS NULL OR id > :after)
    ORDER BY id LIMIT :limit
""")  # noqa: S608  # only constants are put in
_COUNT = sa.text(f"SELECT count(*) FROM parked_event WHERE state IN ('parked', 'asked') AND {_REACH}")  # noqa: S608
_ONE = sa.text(f"SELECT {_SHOWN} FROM parked_event WHERE id = :id AND {_REACH}")  # noqa: S608
_LOCKED = sa.text(f"{_ONE.text} FOR UPDATE")
_SEEN = sa.text("""
    SELECT version FROM version_seen
    WHERE province_id = :province_id AND aggregate_type = :aggregate_type AND aggregate_id = :aggregate_id
""")
_ASK = sa.text("UPDATE parked_event SET state = 'asked', asked_at = :now WHERE id = :id")
_SETTLE = sa.text("UPDATE parked_event SET state = :state, settled_at = :now, settled_why = :why WHERE id = :id")
WAITING = sa.text("SELECT outbox_rows, outbox_oldest_age, parked, asked FROM events_waiting()")
"""Counts over all provinces, for any role."""
_FOR_THE_INSTALLATION = sa.text("SELECT set_config('app.installation', 'on', true)")


@dataclass(frozen=True)
class Raw:
    """A record as it came from the log."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


async def park(
    connection: AsyncConnection,
    record: Raw,
    event: Envelope | None,
    reason: str,
    *,
    now: datetime,
    new_id: NewId,
) -> None:
    """Keeps one record with the reason it could not be applied; the same version twice is one row.

    A record without an envelope has no version and is known by its place in the log and its content. Key and
    headers are kept to the byte, so that trying again reads what the consumer read.
    """
    await connection.execute(
        _PARK,
        {
            "id": new_id(),
            "province_id": event.province_id if event else None,
            "topic": record.topic,
            "partition": record.partition,
            "log_offset": record.offset,
            "aggregate_type": event.aggregate_type if event else None,
            "aggregate_id": event.aggregate_id if event else None,
            "version": event.version if event else None,
            "type": event.type if event else None,
            "key": record.key,
            "headers": write_headers(record.headers),
            "data": record.value,
            "reason": as_reason(reason),
            "now": now,
        },
    )


def write_headers(headers: Headers) -> str:
    """Headers as JSON `[[name, text], …]`, in their order and with doubles; a value that is null or no text (or holds
    a NUL, which PostgreSQL's JSON refuses) stands as null or as `{"base64": …}`."""
    return msgspec.json.encode([[_text(name), _value(value)] for name, value in headers]).decode()


def read_headers(stored: Sequence[Sequence[Any]]) -> Headers:
    """The way back of `write_headers`, with nulls, which the type of Headers does not know and the log does."""
    return [(name, cast("bytes", _bytes(value))) for name, value in stored]


def stored(row: dict[str, Any]) -> Raw:
    """The record of a parked row, as it came from the log; `headers` is the text of their JSON."""
    return Raw(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["log_offset"],
        key=row["key"],
        value=row["data"],
        headers=read_headers(msgspec.json.decode(row["headers"])),
    )


def as_reason(text: str) -> str:
    """A reason as it can be kept."""
    return _text(text)[:500]


def _value(value: bytes | None) -> str | dict[str, str] | None:
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\x00"
    return text if "\x00" not in text else {"base64": base64.b64encode(value).decode()}


def _bytes(value: str | dict[str, str] | None) -> bytes | None:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return None if value is None else value.encode()


def _text(value: str) -> str:
    return value.replace("\x00", "�")


async def supersede(connection: AsyncConnection, applied: Sequence[Envelope], now: datetime) -> None:
    """A later version of the same aggregate that was applied settles what was parked before it."""
    await connection.execute(
        _SUPERSEDE,
        {
            "types": [e.aggregate_type for e in applied],
            "ids": [e.aggregate_id for e in applied],
            "versions": [e.version for e in applied],
            "now": now,
        },
    )


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whose parked events a caller decides on: her province's, and for the installation's operator also those records
    of which no province is known, because they have no envelope."""

    province_id: UUID
    installation: bool = False


async def enter(connection: AsyncConnection, reach: Reach) -> None:
    """Opens the wall of this transaction for the records without a province, where the reach has them."""
    if reach.installation:
        await connection.execute(_FOR_THE_INSTALLATION)


def _reach(reach: Reach) -> dict[str, Any]:
    return {"province_id": reach.province_id, "installation": reach.installation}


async def listed(
    connection: AsyncConnection, reach: Reach, after: UUID | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """One page of what is not settled, oldest first, without the payload; and how many there are."""
    rows = await connection.execute(_LIST, {"after": after, "limit": limit} | _reach(reach))
    total = await connection.execute(_COUNT, _reach(reach))
    return [dict(row) for row in rows.mappings()], total.scalar_one()


async def one(connection: AsyncConnection, reach: Reach, id_: UUID, *, lock: bool = False) -> dict[str, Any] | None:
    """One parked event in whatever state, without its payload; None where it is none of this reach's."""
    rows = await connection.execute(_LOCKED if lock else _ONE, {"id": id_} | _reach(reach))
    found = rows.mappings().one_or_none()
    return None if found is None else dict(found)


async def is_outrun(connection: AsyncConnection, row: dict[str, Any]) -> bool:
    """Whether this version or a later one of the aggregate was applied meanwhile."""
    seen = await connection.scalar(_SEEN, {k: row[k] for k in ("province_id", "aggregate_type", "aggregate_id")})
    return seen is not None and row["version"] is not None and bool(seen >= row["version"])


async def ask(connection: AsyncConnection, id_: UUID, now: datetime) -> None:
    """Marks it for the worker."""
    await connection.execute(_ASK, {"id": id_, "now": now})


async def settle(connection: AsyncConnection, id_: UUID, state: str, now: datetime, why: str | None = None) -> None:
    """Ends its life as `superseded`, `released` or `discarded`."""
    await connection.execute(_SETTLE, {"id": id_, "state": state, "now": now, "why": why})
