"""TLS before the embedded PostgreSQL, which was built without: speaks the protocol's own beginning, then passes bytes.

What is proved with it is the client's side, which is ours: whom it trusts, by which name, and what it shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from deploy.local.ports import LOOPBACK

_ASKS_FOR_TLS = bytes.fromhex("0000000804d2162f")
_YES, _NO = b"S", b"N"
_AT_ONCE = 64 * 1024


@contextlib.asynccontextmanager
async def tls_door(
    port: int, certificate: Path | None, key: Path | None = None, *, clients: Path | None = None
) -> AsyncIterator[int]:
    """The port of a door before the server on `port`; without a certificate it knows no TLS. `clients`: the authority
    whose certificates it asks for."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled at the end of the loop: Python 3.11's streams would log it as a fault.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if await reader.readexactly(len(_ASKS_FOR_TLS)) != _ASKS_FOR_TLS:
                return
            writer.write(_YES if context else _NO)
            if context:
                await writer.start_tls(context)
            there = await asyncio.open_connection(LOOPBACK, port)
            await asyncio.gather(_pass(reader, there[1]), _pass(there[0], writer))
        writer.close()

    server = await asyncio.start_server(taken, LOOPBACK, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_AT_ONCE):
            writer.write(piece)
            await writer.drain()
    writer.close()
