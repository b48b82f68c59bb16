"""The wrong version of each safety rule, as a part that the proofs take in place of the product's own.

Nothing in the product knows of them: they come in by the same arguments as the right parts.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import outbox
from shared.applying import Applier, raise_versions
from shared.bus import Bus, Logs
from shared.consumption import Member
from shared.events.envelope import Envelope
from shared.events.registry import encode
from shared.relay import BATCH, Session
from tests.shared.test_ordering import hold
from tests.support.handlers import PAIRS, Pair, pairs_of
from tests.support.states import NOW, PROVINCE, unit

_TAKE_NUMBERS = sa.text("SELECT nextval(pg_get_serial_sequence('outbox', 'id')) FROM generate_series(1, :n)")
_BUMP = sa.text("""
    UPDATE aggregate SET version = greatest(version, CAST(1 AS bigint) << 40) + :times
    WHERE aggregate_type = 'unit' AND aggregate_id = ANY(:aggregates)
    RETURNING aggregate_id, version - :times, shard
""")
_INSERT = sa.text("""
    INSERT INTO outbox (id, province_id, aggregate_type, aggregate_id, version, shard, event_id, type, time, data)
    OVERRIDING SYSTEM VALUE
    SELECT id, :province, 'unit', aggregate_id, version, shard, gen_random_uuid(), :type, :now, :data
    FROM unnest(CAST(:numbers AS bigint[]), CAST(:ids AS uuid[]), CAST(:versions AS bigint[]),
                CAST(:shards AS smallint[])) AS u (id, aggregate_id, version, shard)
""")


async def write_without_lock(
    connection: AsyncConnection, aggregates: list[UUID], times: int, chance: random.Random
) -> None:
    """Rule 1 of the outbox left out: its numbers are taken first, and the aggregates are locked only afterwards."""
    numbers = list(await connection.scalars(_TAKE_NUMBERS, {"n": times * len(aggregates)}))
    await hold(chance)
    await outbox.lock(connection, "unit", [(PROVINCE, one) for one in aggregates])
    bumped = (await connection.execute(_BUMP, {"aggregates": aggregates, "times": times})).all()
    rows = [(one, before + n + 1, shard) for n in range(times) for one, before, shard in bumped]
    await connection.execute(
        _INSERT,
        {
            "numbers": numbers,
            "ids": [row[0] for row in rows],
            "versions": [row[1] for row in rows],
            "shards": [row[2] for row in rows],
            "province": PROVINCE,
            "type": "vn.bdtx.roster.unit_changed.v1",
            "now": NOW,
            "data": encode(unit(aggregates[0], "wrong")),
        },
    )
    await hold(chance)


_BEHIND_THE_CURSOR = """
    SELECT id, province_id, aggregate_type, aggregate_id, version, shard, event_id, type, time, data, traceparent
    FROM outbox WHERE id > $3 AND shard = ANY($1) ORDER BY id LIMIT $2
"""


class CursorSession(Session):
    """Remembers how far it came in place of looking for what nobody marked."""

    _cursor = 0

    async def unpublished(self, connection: Any, shards: Sequence[int]) -> Sequence[Any]:
        rows: Sequence[Any] = await connection.fetch(_BEHIND_THE_CURSOR, shards, BATCH, self._cursor)
        if rows:
            self._cursor = rows[-1]["id"]
        return rows


async def everything_is_news(connection: AsyncConnection, events: Sequence[Envelope]) -> list[Envelope]:
    """The versions are kept, and nobody asks for them."""
    await raise_versions(connection, events)
    return list(events)


class CommitsFirst(Member):
    """The offset goes to the broker before the batch is applied."""

    async def partition(self, partition: Any, records: Sequence[Any], applier: Applier, stop: Any) -> None:
        await self.commit(partition, records[-1].offset + 1)
        await super().partition(partition, records, applier, stop)


class NeverDrains(Member):
    """Lets partitions go at once, with a batch of theirs in hand, and keeps it."""

    async def on_partitions_revoked(self, revoked: Any) -> None:
        return


async def look_at_root(connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, Pair]:
    """The root of a join read without its lock, so that the other half may come in between."""
    return pairs_of(await connection.execute(sa.text(PAIRS), {"ids": ids}))


class OneNameBus(Bus):
    """All logs are one to it, whatever cluster or topic answers."""

    async def logs(self, topics: Sequence[str]) -> Logs:
        found = await super().logs(topics)
        return Logs("the cluster", dict.fromkeys(found.topics, "the topic"))
