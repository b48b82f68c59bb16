"""Alembic, run by `python -m services.<name> migrate` and by the tests; never by a serving process.

Migrations run while the release before serves (docs/decisions/0017).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from alembic import command, context, op
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from shared.database import LOCK_NOT_AVAILABLE, make_engine

log = structlog.get_logger()

PATIENCE_S = 300.0
LOCK_TIMEOUT = "2s"
"""Whoever waits for a table's ACCESS EXCLUSIVE lock has everybody who comes later wait behind him."""
_AGAIN_AFTER_S = (0.5, 3.0)

_LOCK = 0x62647478
"""One migration at a time: two Jobs started together must both succeed, one by waiting."""


class LockedOutError(Exception):
    """A migration never got its locks; everything before it is done, and it may be run again."""


def config(service: str, url: str) -> Config:
    """Alembic's configuration of one service, without a file."""
    return config_of(Path(__file__).parent.parent / "services" / service / "migrations", url)


def config_of(folder: Path, url: str) -> Config:
    """The same of any folder of migrations."""
    settings = Config()
    settings.set_main_option("script_location", str(folder))
    settings.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    settings.attributes["url"] = url
    return settings


def upgrade(service: str, url: str, revision: str = "head", *, patience_s: float = PATIENCE_S) -> None:
    """Brings a database to a revision; with the owner's address. One that a newer release has migrated is left as it
    is: so an older release can be put back.

    Each migration is a transaction. One that does not get its locks in LOCK_TIMEOUT gives up, lets everybody pass who
    queued behind it, and is tried again. Raises LockedOutError after `patience_s`, and what a migration raises.
    """
    settings = config(service, url)
    until = time.monotonic() + patience_s
    found = asyncio.run(_found(url))
    if revision == "head" and found is not None and found not in known(service):
        log.info("database_is_newer", service=service)
        return
    while True:
        try:
            command.upgrade(settings, revision)
            return
        except DBAPIError as fault:
            if getattr(fault.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            if time.monotonic() > until:
                raise LockedOutError(f"no lock in {patience_s:.0f} s: a transaction is open that long") from None
            log.warning("migration_waits", service=service)
        time.sleep(random.uniform(*_AGAIN_AFTER_S))


def head(service: str) -> str:
    """The newest revision in the code."""
    revision = _scripts(service).get_current_head()
    if revision is None:
        raise LookupError(f"{service} has no migrations")
    return revision


def known(service: str) -> frozenset[str]:
    """Every revision in the code. A database at any other is a newer release's, for migrations are never taken out;
    within the rule of expand and contract this code can live with it."""
    return frozenset(one.revision for one in _scripts(service).walk_revisions())


def _scripts(service: str) -> ScriptDirectory:
    return ScriptDirectory.from_config(config(service, "postgresql://"))


async def _found(url: str) -> str | None:
    engine = make_engine(url, pool_size=1, application="migrate")
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(revision_of)
    finally:
        await engine.dispose()


def create_index(name: str, table: str, columns: Sequence[str], **more: Any) -> None:
    """In a migration of its own: an index of a table that is in use, without a lock that writers would wait for.

    It waits for older transactions as long as they last, which holds nobody up. What an interrupted try left behind is
    begun anew.
    """
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')
        op.create_index(name, table, list(columns), postgresql_concurrently=True, **more)
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")


def run(metadata: sa.MetaData) -> None:
    """What each service's `env.py` calls: one migrator at a time, each migration in its own transaction; or the SQL."""
    if context.is_offline_mode():
        context.configure(dialect_name="postgresql", target_metadata=metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
        return

    def migrate(connection: sa.Connection) -> None:
        # By tries: who waits inside a statement holds a snapshot, for which CREATE INDEX CONCURRENTLY waits in turn.
        while not connection.scalar(sa.text(f"SELECT pg_try_advisory_lock({_LOCK})")):
            connection.commit()
            time.sleep(0.2)
        connection.execute(sa.text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        # Partitions are their parent's business: the models name the parent alone.
        partitions = set(connection.scalars(sa.text("SELECT relname FROM pg_class WHERE relispartition")))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            compare_type=True,
            compare_server_default=False,
            include_name=lambda name, kind, _: kind != "table" or name not in partitions,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()

    async def connect() -> None:
        engine = make_engine(context.config.attributes["url"], pool_size=1, application="migrate")
        try:
            async with engine.connect() as connection:
                await connection.run_sync(migrate)
                await connection.commit()
        finally:
            await engine.dispose()  # the session's lock goes with it

    asyncio.run(connect())


def revision_of(connection: sa.Connection) -> str | None:
    """The revision a database stands at."""
    return MigrationContext.configure(connection).get_current_revision()
