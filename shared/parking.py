"""Events that cannot be applied are parked: seen by a person, tried again, superseded, or discarded with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import NewId
from shared.events.envelope import Envelope, Headers

_PARK = sa.text("""
    INSERT INTO parked_event (id, province_id, topic, partition, log_offset, aggregate_type, aggregate_id, version,
                              type, headers, data, reason, parked_at)
    SELECT :id, :province_id, :topic, :partition, :log_offset, :aggregate_type, :aggregate_id, :version,
           :type, CAST(:headers AS jsonb), :data, :reason, :now
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
    WHERE p.state = 'parked' AND p.aggregate_type = u.aggregate_type AND p.aggregate_id = u.aggregate_id
      AND p.version < u.version
""")

_LIST = sa.text("""
    SELECT id, topic, partition, log_offset, aggregate_type, aggregate_id, version, type, reason, state, parked_at
    FROM parked_event
    WHERE state = 'parked' AND province_id = :province_id AND (CAST(:after AS uuid) IS NULL OR id > :after)
    ORDER BY id LIMIT :limit
""")
_COUNT = sa.text("SELECT count(*) FROM parked_event WHERE state = 'parked' AND province_id = :province_id")

OPEN = sa.text("SELECT count(*) FROM parked_event WHERE state = 'parked'")


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

    A record without an envelope has no version and is known by its place in the log and its content. Whatever a
    record holds can be kept: a header may be null or hold a NUL, which PostgreSQL's text refuses.
    """
    headers = {_text(name): _text((value or b"").decode("utf-8", "replace")) for name, value in record.headers}
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
            "headers": msgspec.json.encode(headers).decode(),
            "data": record.value,
            "reason": _text(reason)[:500],
            "now": now,
        },
    )


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


async def listed(
    connection: AsyncConnection, province_id: UUID, after: UUID | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """One page of what is parked and waits for a person, oldest first, without the payload; and how many there are."""
    rows = await connection.execute(_LIST, {"province_id": province_id, "after": after, "limit": limit})
    total = await connection.execute(_COUNT, {"province_id": province_id})
    return [dict(row) for row in rows.mappings()], total.scalar_one()
