"""Alembic, run by `python -m services.<name> migrate` and by the tests; never by a serving process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from shared.database import make_engine

_LOCK = 0x62647478
"""One migration at a time: two Jobs started together must both succeed, one by waiting."""


def config(service: str, url: str) -> Config:
    """Alembic's configuration of one service, without a file."""
    folder = Path(__file__).parent.parent / "services" / service / "migrations"
    settings = Config()
    settings.set_main_option("script_location", str(folder))
    settings.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    settings.attributes["url"] = url
    return settings


def upgrade(service: str, url: str, revision: str = "head") -> None:
    """Brings a database to a revision; with the owner's address."""
    command.upgrade(config(service, url), revision)


def head(service: str) -> str:
    """The newest revision in the code."""
    revision = ScriptDirectory.from_config(config(service, "postgresql://")).get_current_head()
    if revision is None:
        raise LookupError(f"{service} has no migrations")
    return revision


def run(metadata: sa.MetaData) -> None:
    """What each service's `env.py` calls: migrates in one transaction under a lock."""

    def migrate(connection: sa.Connection) -> None:
        # Partitions are their parent's business: the models name the parent alone.
        partitions = set(connection.scalars(sa.text("SELECT relname FROM pg_class WHERE relispartition")))
        context.configure(
            connection=connection,
            target_metadata=metadata,
            compare_type=True,
            compare_server_default=False,
            include_name=lambda name, kind, _: kind != "table" or name not in partitions,
        )
        with context.begin_transaction():
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            context.run_migrations()

    async def connect() -> None:
        engine = make_engine(context.config.attributes["url"], pool_size=1, application="migrate")
        try:
            async with engine.connect() as connection:
                await connection.run_sync(migrate)
                await connection.commit()
        finally:
            await engine.dispose()

    asyncio.run(connect())


def revision_of(connection: sa.Connection) -> str | None:
    """The revision a database stands at."""
    return MigrationContext.configure(connection).get_current_revision()
