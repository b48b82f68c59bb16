"""Workers that die: at a chosen statement of their transaction, cancelled or with their connection terminated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

Way = Literal["cancelled", "terminated"]


@dataclass
class Death:
    """How work ended that was to die. One that was cancelled at its commit may have committed."""

    died: bool = False
    committing: bool = False


async def death(engine: AsyncEngine, step: int, way: Way, work: Callable[[], Awaitable[Any]]) -> Death:
    """Runs the work so that it dies before its `step`-th statement or commit, counted from 0."""
    killer = await asyncpg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    found = Death()
    seen = 0

    def die(connection: sa.Connection, *, committing: bool) -> None:
        nonlocal seen
        seen += 1
        if seen != step + 1:
            return
        found.committing = committing
        if way == "cancelled":
            doomed.cancel()
            return
        pid = connection.connection.driver_connection.get_server_pid()  # type: ignore[union-attr]
        await_only(killer.execute("SELECT pg_terminate_backend($1, 5000)", pid))

    def statement(connection: sa.Connection, *rest: Any) -> None:
        die(connection, committing=False)

    def commit(connection: sa.Connection) -> None:
        die(connection, committing=True)

    async def run() -> None:
        await work()

    sync = engine.sync_engine
    sa.event.listen(sync, "before_cursor_execute", statement)
    sa.event.listen(sync, "commit", commit)
    try:
        doomed = asyncio.create_task(run())
        try:
            await doomed
        except (DBAPIError, asyncio.CancelledError):
            found.died = True
    finally:
        sa.event.remove(sync, "before_cursor_execute", statement)
        sa.event.remove(sync, "commit", commit)
        await killer.close()
    return found
