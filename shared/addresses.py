"""How a database is reached: one URL says all of it, certificates and the file of the password too.

`postgresql://role@host:5432/name?sslmode=verify-full&sslrootcert=<file>&passwordfile=<file>`, with libpq's names
(`sslcert` and `sslkey` where the server asks for a certificate) and one of ours: `passwordfile` holds a password and
nothing else. libpq's `passfile` cannot be used here: it must be its owner's alone, and a mounted Secret is readable by
its group. Every file is read anew for each connection, so a new password or authority needs no restart.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

PASSWORD_FILE = "passwordfile"  # noqa: S105  # a name
CONNECT_S = 5.0


class WrongAddressError(ValueError):
    """It is no address of a database. Never says what was given, for that may hold a password."""


def parsed(address: str) -> URL:
    """The address as SQLAlchemy has it, for its driver. Raises WrongAddressError."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise WrongAddressError("not of the form postgresql://role@host:port/database?…") from None
    if url.get_backend_name() != "postgresql":
        raise WrongAddressError("not a postgresql:// address")
    return url.set(drivername="postgresql+asyncpg")


async def connect(address: str, **more: Any) -> Any:
    """A connection of asyncpg; `more` are its own arguments.

    Raises WrongAddressError, OSError (ssl.SSLError among them) and what asyncpg raises: texts without the password.
    """
    url = parsed(address)
    file = url.query.get(PASSWORD_FILE)
    plain = url.set(drivername="postgresql").difference_update_query([PASSWORD_FILE])
    if isinstance(file, str):
        more["password"] = _read_from(Path(file))
    return await asyncpg.connect(plain.render_as_string(hide_password=False), **{"timeout": CONNECT_S} | more)


def _read_from(file: Path) -> Callable[[], str]:
    """Asked when the server wants it."""
    return lambda: file.read_text(encoding="utf-8").rstrip("\r\n")
