"""Engines, transactions that name their province, and which faults pass by themselves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

T = TypeVar("T")

_PASSES_BY_ITSELF = ("08", "40", "53", "57", "58")
"""SQLSTATE classes: connection, rollback (deadlock, serialization), resources, operator intervention, system."""
_LOCK_NOT_AVAILABLE = "55P03"
_TRIES = 5


def make_engine(url: str, *, pool_size: int = 8, application: str = "bdtx") -> AsyncEngine:
    """An engine for `postgresql://…`; connections are checked before use, so that a restarted server is no fault."""
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={"server_settings": {"application_name": application, "jit": "off"}, "timeout": 5},
    )


@asynccontextmanager
async def transaction(engine: AsyncEngine, province_id: UUID) -> AsyncIterator[AsyncConnection]:
    """One transaction in which the api role sees and writes the rows of one province and no other."""
    async with engine.begin() as connection:
        await connection.execute(
            sa.text("SELECT set_config('app.province', :province, true)"), {"province": str(province_id)}
        )
        yield connection


def is_transient(fault: BaseException) -> bool:
    """Whether the same work may succeed when tried again: the store was away, or two transactions met."""
    if isinstance(fault, PoolTimeoutError | InterfaceError | ConnectionError | TimeoutError | OSError):
        return True
    if isinstance(fault, DBAPIError):
        state = getattr(fault.orig, "sqlstate", None) or getattr(fault.orig, "pgcode", None)
        if state is None:
            return fault.connection_invalidated or isinstance(fault, OperationalError)
        return str(state).startswith(_PASSES_BY_ITSELF) or state == _LOCK_NOT_AVAILABLE
    return False


def fault_name(fault: BaseException) -> str:
    """A fault for a log: its class and SQLSTATE. Never its text, for databases quote rows."""
    state = getattr(getattr(fault, "orig", None), "sqlstate", None)
    return type(fault).__name__ if state is None else f"{type(fault).__name__} {state}"


def is_collision(fault: BaseException) -> bool:
    """Whether two transactions met (deadlock, serialization): worth an immediate retry."""
    state = getattr(getattr(fault, "orig", None), "sqlstate", None)
    return isinstance(fault, DBAPIError) and str(state).startswith("40")


async def retrying(work: Callable[[], Awaitable[T]]) -> T:
    """Runs a whole transaction again where it met another one; any other fault goes up at once."""
    for attempt in range(_TRIES):
        try:
            return await work()
        except DBAPIError as fault:
            if not is_collision(fault) or attempt == _TRIES - 1:
                raise
            await asyncio.sleep(random.uniform(0.01, 0.05) * (attempt + 1))
    raise AssertionError("unreachable")
