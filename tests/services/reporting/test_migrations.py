"""The migrations make exactly the tables of the code, and go back."""

from __future__ import annotations

import asyncio

from alembic import command

from shared import migration
from tests.support.databases import Databases


async def test_the_migrated_schema_is_that_of_the_metadata_and_one_step_down_and_up_works(
    databases: Databases,
) -> None:
    settings = migration.config("reporting", databases.empty("reporting", "migrations")["owner"])
    for step in (
        lambda: command.upgrade(settings, "head"),
        lambda: command.check(settings),
        lambda: command.downgrade(settings, "-1"),
        lambda: command.upgrade(settings, "head"),
    ):
        await asyncio.to_thread(step)
