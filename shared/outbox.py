"""Events leave a service through its outbox, in the transaction that made them true.

The four rules (each one is needed; measured in docs/decisions/0002-outbox-and-relay.md):

1. Lock first: `lock` takes the aggregates' rows, in sorted order, before anything is read or changed;
   only then is an outbox row inserted. So for one aggregate the order of ids is the order of commits.
2. The outbox sequence has CACHE 1.
3. The relay marks rows; it never keeps a cursor.
4. One relay per shard (shared/relay.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import NewId
from shared.events.envelope import State, event_type
from shared.events.registry import encode
from shared.schema import EPOCH_BITS

SHARDS = 64
"""Fixed for good: a shard is part of every row."""

LARGEST_EVENT = 256 * 1024
"""Brokers refuse records near 1 MiB; such a state is a fault of its producer, found here and not in the relay."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing a service says: an event's name and the aggregate's whole state after it."""

    event: str
    aggregate_id: UUID
    state: State


class EventTooLargeError(ValueError):
    """A state past LARGEST_EVENT."""


def shard_of(aggregate_id: UUID) -> int:
    """The virtual shard of an aggregate. UUIDv7 is random only at its end."""
    return (aggregate_id.int & 0xFFFFFFFF) % SHARDS


_CREATE = sa.text("""
    INSERT INTO aggregate (province_id, aggregate_type, aggregate_id, shard)
    SELECT u.province_id, :aggregate_type, u.aggregate_id, u.shard
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:shards AS smallint[]))
         AS u (province_id, aggregate_id, shard)
    ORDER BY u.aggregate_id
    ON CONFLICT DO NOTHING
""")

_LOCK = sa.text("""
    SELECT aggregate_id, version FROM aggregate
    WHERE aggregate_type = :aggregate_type AND province_id = ANY(:provinces) AND aggregate_id = ANY(:ids)
    ORDER BY aggregate_id
    FOR NO KEY UPDATE
""")

_APPEND = sa.text(f"""
    WITH said AS (
        SELECT * FROM unnest(
            CAST(:provinces AS uuid[]), CAST(:aggregate_types AS text[]), CAST(:ids AS uuid[]),
            CAST(:event_ids AS uuid[]), CAST(:types AS text[]), CAST(:datas AS bytea[])
        ) AS u (province_id, aggregate_type, aggregate_id, event_id, type, data)
    ), bumped AS (
        UPDATE aggregate a
        SET version = greatest(a.version + 1, (SELECT epoch::bigint << {EPOCH_BITS} FROM database_epoch) + 1)
        FROM said
        WHERE a.province_id = said.province_id
          AND a.aggregate_type = said.aggregate_type
          AND a.aggregate_id = said.aggregate_id
        RETURNING a.aggregate_type, a.aggregate_id, a.version, a.shard
    )
    INSERT INTO outbox (province_id, aggregate_type, aggregate_id, version, shard,
                        event_id, type, time, data, traceparent)
    SELECT said.province_id, said.aggregate_type, said.aggregate_id, bumped.version, bumped.shard,
           said.event_id, said.type, :time, said.data, :traceparent
    FROM said JOIN bumped USING (aggregate_type, aggregate_id)
    RETURNING aggregate_id
""")  # noqa: S608  # only a constant is put in


async def lock(
    connection: AsyncConnection, aggregate_type: str, aggregates: Iterable[tuple[UUID, UUID]]
) -> dict[UUID, int]:
    """Rule 1: locks the aggregates `(province_id, id)`, made where they are new, and answers their versions.

    First statement of every use case that changes an aggregate. Sorted, so that two batches cannot deadlock.
    """
    wanted = sorted(set(aggregates), key=lambda pair: pair[1])
    if not wanted:
        return {}
    arrays = {
        "aggregate_type": aggregate_type,
        "provinces": [province for province, _ in wanted],
        "ids": [aggregate_id for _, aggregate_id in wanted],
    }
    await connection.execute(_CREATE, arrays | {"shards": [shard_of(aggregate_id) for _, aggregate_id in wanted]})
    rows = await connection.execute(_LOCK, arrays | {"provinces": sorted({province for province, _ in wanted})})
    return {row.aggregate_id: row.version for row in rows}


async def append(
    connection: AsyncConnection,
    said: Sequence[Said],
    *,
    now: datetime,
    new_id: NewId,
    traceparent: str | None = None,
) -> None:
    """Puts events into the outbox, one per aggregate, in one statement; each gets its aggregate's next version.

    Raises ValueError where an aggregate stands twice or was not locked, EventTooLargeError past 256 KiB.
    """
    if not said:
        return
    if len({(s.state.AGGREGATE, s.aggregate_id) for s in said}) != len(said):
        raise ValueError("an aggregate stands twice in one append")
    datas = [encode(s.state) for s in said]
    for one, data in zip(said, datas, strict=True):
        if len(data) > LARGEST_EVENT:
            raise EventTooLargeError(f"{one.state.AGGREGATE} {one.aggregate_id}: {len(data)} bytes")
    rows = await connection.execute(
        _APPEND,
        {
            "provinces": [s.state.province_id for s in said],
            "aggregate_types": [s.state.AGGREGATE for s in said],
            "ids": [s.aggregate_id for s in said],
            "event_ids": [new_id() for _ in said],
            "types": [event_type(s.state.SERVICE, s.event) for s in said],
            "datas": datas,
            "time": now,
            "traceparent": traceparent,
        },
    )
    if len(rows.fetchall()) != len(said):
        raise ValueError("an aggregate was not locked before its event was appended")


PURGE = sa.text("""
    DELETE FROM outbox o USING aggregate a
    WHERE o.published_at < :before
      AND a.province_id = o.province_id AND a.aggregate_type = o.aggregate_type
      AND a.aggregate_id = o.aggregate_id AND o.version < a.version
""")
"""Published rows go after 7 days, but never an aggregate's newest: it is what a republish says again."""

BACKLOG = sa.text("""
    SELECT count(*) AS rows, coalesce(extract(epoch FROM max(now() - time)), 0)::float8 AS oldest_age
    FROM outbox WHERE published_at IS NULL
""")
