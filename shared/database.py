"""Engines, transactions that name their province, and which faults pass by themselves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.addresses import connect, parsed

T = TypeVar("T")

_PASSES_BY_ITSELF = ("08", "28P01", "40", "53", "57", "58")
"""SQLSTATE classes: connection, rollback (deadlock, serialization), resources, operator intervention, system; and a
wrong password, for one that is exchanged in the server is in our file a moment later."""
LOCK_NOT_AVAILABLE = "55P03"
_OUT_OF_STEP = ("cannot switch to", "not connected")
"""How asyncpg's InternalClientError begins where a server that was killed left a connection in the midst of something;
any other of its kind is a fault of ours, which no second try mends."""
_TRIES = 5


@dataclass(frozen=True)
class _Outer:
    engine: AsyncEngine
    province_id: UUID
    connection: AsyncConnection


_outer: ContextVar[_Outer | None] = ContextVar("outer_transaction", default=None)

DATABASE_FAULTS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""All that a bare connection of asyncpg raises where its server is away or was killed."""


def make_engine(url: str, *, pool_size: int = 8, application: str = "bdtx") -> AsyncEngine:
    """An engine for `postgresql://…`; connections are checked before use, so that a restarted server is no fault.

    SQLAlchemy's own way to connect does not know `sslmode` and its kin, which belong to the address.
    """
    settings = {"application_name": application, "jit": "off"}
    return create_async_engine(
        parsed(url),
        async_creator=lambda: connect(url, server_settings=settings),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,
    )


@asynccontextmanager
async def connected(dsn: str, *, command_timeout: float | None = None) -> AsyncIterator[Any]:
    """A bare connection of asyncpg, for what is no transaction of a service.

    Closed politely after work that was done and cut after a fault: a server that was killed leaves it in the midst of
    something, where a polite close raises a fault of its own over the first. Raises DATABASE_FAULTS and TimeoutError.
    """
    connection = await connect(dsn, command_timeout=command_timeout)
    try:
        yield connection
        await connection.close(timeout=5)
    finally:
        connection.terminate()


@asynccontextmanager
async def transaction(engine: AsyncEngine, province_id: UUID) -> AsyncIterator[AsyncConnection]:
    """One transaction in which the api role sees and writes the rows of one province and no other.

    Within `spanning` it is a part of that one.
    """
    outer = _outer.get()
    if outer is not None and outer.engine is engine and outer.province_id == province_id:
        yield outer.connection
        return
    async with engine.begin() as connection:
        await connection.execute(
            sa.text("SELECT set_config('app.province', :province, true)"), {"province": str(province_id)}
        )
        yield connection


@asynccontextmanager
async def spanning(engine: AsyncEngine, province_id: UUID) -> AsyncIterator[AsyncConnection]:
    """One transaction around a whole call: every `transaction` of this engine and province in the block joins it."""
    async with transaction(engine, province_id) as connection:
        token = _outer.set(_Outer(engine, province_id, connection))
        try:
            yield connection
        finally:
            _outer.reset(token)


def is_transient(fault: BaseException) -> bool:
    """Whether the same work may succeed when tried again: the store was away, or two transactions met.

    Takes asyncpg's faults bare and as SQLAlchemy wraps them. A value that asyncpg cannot send is an InterfaceError
    to SQLAlchemy, and stays one at every try.
    """
    cause = _driver_fault(fault)
    if isinstance(cause, asyncpg.InternalClientError):
        return str(cause).startswith(_OUT_OF_STEP)
    if isinstance(cause, asyncpg.InterfaceError):
        return not isinstance(cause, ValueError)
    if isinstance(fault, PoolTimeoutError | InterfaceError | ConnectionError | TimeoutError | OSError):
        return True
    state = getattr(getattr(fault, "orig", fault), "sqlstate", None)
    if isinstance(fault, DBAPIError) and state is None:
        return fault.connection_invalidated or isinstance(fault, OperationalError)
    return str(state).startswith(_PASSES_BY_ITSELF) or state == LOCK_NOT_AVAILABLE


def _driver_fault(fault: BaseException) -> BaseException:
    """asyncpg's own fault: bare, or behind SQLAlchemy's and that of its adapter."""
    if not isinstance(fault, DBAPIError) or fault.orig is None:
        return fault
    return fault.orig.__cause__ or fault.orig


def fault_name(fault: BaseException) -> str:
    """A fault for a log: its class and SQLSTATE. Never its text, for databases quote rows."""
    state = getattr(getattr(fault, "orig", None), "sqlstate", None)
    return type(fault).__name__ if state is None else f"{type(fault).__name__} {state}"


def is_collision(fault: BaseException) -> bool:
    """Whether two transactions met (deadlock, serialization): worth an immediate retry."""
    state = getattr(getattr(fault, "orig", None), "sqlstate", None)
    return isinstance(fault, DBAPIError) and str(state).startswith("40")


async def retrying(work: Callable[[], Awaitable[T]]) -> T:
    """Runs a whole transaction again where it met another one; any other fault goes up at once.

    Within `spanning` it tries once: the transaction that met another is the whole call's.
    """
    if _outer.get() is not None:
        return await work()
    for attempt in range(_TRIES):
        try:
            return await work()
        except DBAPIError as fault:
            if not is_collision(fault) or attempt == _TRIES - 1:
                raise
            await asyncio.sleep(random.uniform(0.01, 0.05) * (attempt + 1))
    raise AssertionError("unreachable")
