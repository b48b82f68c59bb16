"""Databases and roles of the services in the embedded cluster: a database each, three login roles each, nothing shared.

`owner` runs the migrations, `api` serves requests under row-level security, `worker` does the rest; the latter two own
nothing. Row-level security itself is the migrations' matter. Everything here may be run again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from deploy.local.secrets import roles_of

EXTENSIONS = ("btree_gist", "ltree", "pg_trgm")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")
_LOCK = 0x62647478
"""Roles belong to the cluster: two test processes that provision at once would meet."""
_CONNECT_S = 30.0

_API_LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}
_WORKER_LIMITS = {
    "statement_timeout": "120s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """`postgresql://role:password@host:port/database` of a service's three roles."""

    owner: str
    api: str
    worker: str


def database_of(service: str, suffix: str | None = None) -> str:
    """`<service>`, or `<service>_<suffix>` for tests. Raises ValueError for what is no plain lower-case name."""
    name = service if suffix is None else f"{service}_{suffix}"
    if not _NAME.fullmatch(name):
        raise ValueError(f"no name for a database: {name!r}")
    return name


async def provision(
    superuser_dsn: str, services: Sequence[str], passwords: Mapping[str, str], *, suffix: str | None = None
) -> dict[str, Addresses]:
    """Makes or mends the roles and databases; answers the addresses by service.

    Roles are the same whatever the suffix. Raises KeyError for a role without a password, asyncpg.PostgresError,
    OSError.
    """
    databases = {service: database_of(service, suffix) for service in services}
    cluster = await asyncpg.connect(superuser_dsn, timeout=_CONNECT_S)
    try:
        await cluster.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _shut(cluster)
        for service, database in databases.items():
            await _make_roles(cluster, service, passwords)
            await _make_database(cluster, service, database)
            inside = await asyncpg.connect(_with(superuser_dsn, database), timeout=_CONNECT_S)
            try:
                await _furnish(inside, service, database)
            finally:
                await inside.close()
    finally:
        await cluster.close()
    return {
        service: Addresses(
            **{
                role.removeprefix(f"{service}_"): _with(superuser_dsn, database, role, passwords[role])
                for role in roles_of(service)
            }
        )
        for service, database in databases.items()
    }


async def drop_databases(superuser_dsn: str, services: Sequence[str], *, suffix: str) -> None:
    """Drops the databases of one suffix, ending their connections; for tests, which must name a suffix."""
    cluster = await asyncpg.connect(superuser_dsn, timeout=_CONNECT_S)
    try:
        for service in services:
            await _run(cluster, "DROP DATABASE IF EXISTS %I WITH (FORCE)", database_of(service, suffix))
    finally:
        await cluster.close()


async def _shut(cluster: asyncpg.Connection) -> None:
    for database in ("postgres", "template1"):
        await _run(cluster, "REVOKE ALL ON DATABASE %I FROM PUBLIC", database)


async def _make_roles(cluster: asyncpg.Connection, service: str, passwords: Mapping[str, str]) -> None:
    for role in roles_of(service):
        if await cluster.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role) is None:
            await _run(cluster, "CREATE ROLE %I", role)
        await _run(
            cluster,
            "ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %L",
            role,
            passwords[role],
        )
    for role, limits in ((f"{service}_api", _API_LIMITS), (f"{service}_worker", _WORKER_LIMITS)):
        for setting, value in limits.items():
            await _run(cluster, "ALTER ROLE %I SET %I = %L", role, setting, value)


async def _make_database(cluster: asyncpg.Connection, service: str, database: str) -> None:
    if await cluster.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database) is None:
        await _run(cluster, "CREATE DATABASE %I OWNER %I", database, f"{service}_owner")
    await _run(cluster, "ALTER DATABASE %I OWNER TO %I", database, f"{service}_owner")
    await _run(cluster, "REVOKE ALL ON DATABASE %I FROM PUBLIC", database)
    for role in ("api", "worker"):
        await _run(cluster, "GRANT CONNECT ON DATABASE %I TO %I", database, f"{service}_{role}")


async def _furnish(inside: asyncpg.Connection, service: str, database: str) -> None:
    owner, api, worker = roles_of(service)
    for extension in EXTENSIONS:
        await _run(inside, "CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA public", extension)
    await _run(inside, "ALTER SCHEMA public OWNER TO %I", owner)
    await inside.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    await _run(inside, "GRANT USAGE ON SCHEMA public TO %I, %I", api, worker)
    # Only what the owner makes from now on: a migration that takes a right away (the audit is never changed) is obeyed.
    defaults = "ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public GRANT "
    await _run(inside, defaults + "SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I, %I", owner, api, worker)
    await _run(inside, defaults + "USAGE, SELECT ON SEQUENCES TO %I, %I", owner, api, worker)


async def _run(connection: asyncpg.Connection, template: str, *names: str) -> None:
    """Runs a statement that takes no parameters; the server itself quotes names (%I) and values (%L)."""
    statement = await connection.fetchval("SELECT format($1, VARIADIC $2::text[])", template, list(names))
    await connection.execute(statement)


def _with(dsn: str, database: str, role: str | None = None, password: str | None = None) -> str:
    parts = urlsplit(dsn)
    where = parts.netloc
    if role is not None and password is not None:
        where = f"{quote(role, safe='')}:{quote(password, safe='')}@{where.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=where, path=f"/{database}"))
