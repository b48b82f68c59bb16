"""`python -m services.<name> restored`: once, after the service's database came back from a backup, before it serves.

The backup has forgotten what was said after it, the others have not. So the epoch is raised above every epoch in the
service's topic, and each aggregate's state is said again under it: no reader takes it for old, and what the readers
know of the forgotten time is put back to what the database holds. A raised epoch also gives the service's consumer a
group of its own (shared/consumption.py), so it reads again what it forgot that it had heard.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus import Bus
from shared.database import make_engine
from shared.events.envelope import NotAnEventError, from_record
from shared.events.registry import TOPICS
from shared.schema import EPOCH_BITS, Role

log = structlog.get_logger()

_SERVED = sa.text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename IN (:api, :worker) AND pid <> pg_backend_pid()
""")
_KNOWN = sa.text("SELECT aggregate_type, aggregate_id, version FROM aggregate")
_EPOCH = sa.text("SELECT epoch FROM database_epoch FOR UPDATE")
_RAISE = sa.text("UPDATE database_epoch SET epoch = :epoch")
_SAY_AGAIN = sa.text(f"""
    WITH again AS (
        UPDATE aggregate a SET version = (CAST(:epoch AS bigint) << {EPOCH_BITS}) + 1
        FROM outbox o
        WHERE o.aggregate_id = a.aggregate_id AND o.version = a.version AND o.aggregate_type = a.aggregate_type
        RETURNING a.province_id, a.aggregate_type, a.aggregate_id, a.version, a.shard, o.type, o.time, o.data
    )
    INSERT INTO outbox (province_id, aggregate_type, aggregate_id, version, shard, event_id, type, time, data)
    SELECT province_id, aggregate_type, aggregate_id, version, shard, gen_random_uuid(), type, time, data FROM again
""")  # noqa: S608  # only a constant is put in; the newest outbox row of each aggregate is never purged


class StillServedError(Exception):
    """Processes of the service are connected: they would say under the old epoch what others have heard otherwise."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was found and done, on one line."""

    service: str
    epoch: int
    said_again: int
    forgotten: dict[str, int]
    """Aggregates, by type, of which the topic holds a newer version: what happened to them must be done again."""
    unknown: dict[str, int]
    """Aggregates, by type, that the topic holds and the database does not: readers go on knowing them."""


def arguments(service: str, words: Sequence[str]) -> int:
    """`--above N`: the least epoch not to be used, where the topic was lost too and cannot say."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service} restored")
    parser.add_argument("--above", type=int, default=0, help="an epoch that was in use before")
    return int(parser.parse_args(words).above)


async def restored(address: str, bus: Bus, service: str, *, above: int = 0) -> Report:
    """Raises the epoch and says everything again, in one transaction. May be run again: it only raises it once more.

    By the worker's address. Raises StillServedError, BusError (the topic is needed), DATABASE_FAULTS.
    """
    said = await _said(bus, TOPICS[service])
    engine = make_engine(address, pool_size=1, application=f"{service}-restored")
    try:
        async with engine.begin() as connection:
            report = await _renew(connection, service, said, above)
    finally:
        await engine.dispose()
    log.warning("epoch_raised", service=service, epoch=report.epoch, rows=report.said_again)
    return report


def tell(report: Report) -> None:
    """On standard output."""
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")


async def _said(bus: Bus, topic: str) -> dict[tuple[str, UUID], int]:
    """The newest version of each aggregate in the topic."""
    await bus.ensure_topics([topic])
    newest: dict[tuple[str, UUID], int] = {}
    async for record in bus.whole(topic):
        try:
            event = from_record(record.key, record.value, record.headers)
        except NotAnEventError:
            continue
        key = (event.aggregate_type, event.aggregate_id)
        newest[key] = max(event.version, newest.get(key, 0))
    return newest


async def _renew(connection: AsyncConnection, service: str, said: dict[tuple[str, UUID], int], above: int) -> Report:
    role = Role(service)
    if await connection.scalar(_SERVED, {"api": role.api, "worker": role.worker}):
        raise StillServedError(f"stop every process of {service} first")
    await connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
    known = {(row.aggregate_type, row.aggregate_id): row.version for row in await connection.execute(_KNOWN)}
    highest = max((version >> EPOCH_BITS for version in (*said.values(), *known.values())), default=0)
    stored = (await connection.execute(_EPOCH)).scalar_one()
    epoch = max(highest, stored, above) + 1
    await connection.execute(_RAISE, {"epoch": epoch})
    again = await connection.execute(_SAY_AGAIN, {"epoch": epoch})
    forgotten = Counter(kind for (kind, one), version in said.items() if 0 < known.get((kind, one), 0) < version)
    unknown = Counter(kind for kind, one in said if (kind, one) not in known)
    return Report(
        service=service,
        epoch=epoch,
        said_again=again.rowcount,
        forgotten=dict(sorted(forgotten.items())),
        unknown=dict(sorted(unknown.items())),
    )
