"""Plays the Kubernetes Service before a group of processes: TCP connections to those in rotation, bytes both ways.

A member that is to be ended `leave`s first, as its endpoint does; it is in again when its /readyz is 200 after
`rejoin`. A member that cannot be connected to is out at once, until it is ready again. In a thread of its own: the
launcher's loop stands still while a database recovers, and connections must not.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
CONNECT_S = 1.0
LOOK_EVERY_S = 0.2

_READY = b"GET /readyz HTTP/1.1\r\nhost: front\r\nconnection: close\r\n\r\n"
_AT_ONCE = 64 * 1024

T = TypeVar("T")


@dataclass
class Member:
    """A process behind a front. Out of rotation it gets no new connection; those it has stay."""

    name: str
    port: int
    out: bool = False
    leaving: bool = False
    connections: int = 0


@dataclass
class Front:
    """One group's members, taken in turn."""

    members: list[Member]
    turn: int = 0
    server: asyncio.Server | None = None
    pipes: set[asyncio.Task[None]] = field(default_factory=set)

    def chosen(self) -> list[Member]:
        """Those in rotation, the one whose turn it is first."""
        self.turn += 1
        able = [one for one in self.members if not one.out]
        at = self.turn % len(able) if able else 0
        return able[at:] + able[:at]


class Fronts:
    """`with Fronts() as fronts:` gives every group that is opened in it an address of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fronts")
        self._fronts: list[Front] = []
        self._by_name: dict[str, Member] = {}
        self._watch: Future[None] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._watch = asyncio.run_coroutine_threadsafe(self._look_again(), self._loop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def open(self, group: str, members: Mapping[str, str], port: int | None = None) -> str:
        """Listens for a group (addresses by name); answers where. Raises OSError."""
        front = Front([Member(name, urlsplit(address).port or 0) for name, address in members.items()])
        self._by_name |= {one.name: one for one in front.members}
        return await self._there(self._listen(front, port))

    def leave(self, name: str) -> None:
        """New connections go elsewhere from now on. Raises KeyError for one that stands behind no front."""
        self._by_name[name].leaving = self._by_name[name].out = True

    def rejoin(self, name: str) -> None:
        """It is in rotation again as soon as it is ready."""
        self._by_name[name].leaving = False

    def knows(self, name: str) -> bool:
        """Whether it stands behind a front."""
        return name in self._by_name

    def in_rotation(self, name: str) -> bool:
        """Whether it gets new connections."""
        return not self._by_name[name].out

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _listen(self, front: Front, port: int | None) -> str:
        async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(front, reader, writer)

        front.server = await asyncio.start_server(taken, LOOPBACK, port or 0, backlog=512)
        self._fronts.append(front)
        return f"http://{LOOPBACK}:{front.server.sockets[0].getsockname()[1]}"

    async def _serve(self, front: Front, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for member in front.chosen():
            try:
                async with asyncio.timeout(CONNECT_S):
                    there = await asyncio.open_connection(LOOPBACK, member.port)
            except (OSError, TimeoutError):
                member.out = True
                continue
            member.connections += 1
            try:
                await _both_ways(reader, writer, *there)
            finally:
                member.connections -= 1
            return
        writer.close()  # nobody is there, as a Service without endpoints

    async def _look_again(self) -> None:
        while True:
            for member in [one for one in self._by_name.values() if one.out and not one.leaving]:
                if await _ready(member.port) and not member.leaving:
                    member.out = False
            await asyncio.sleep(LOOK_EVERY_S)

    async def _close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        for front in self._fronts:
            if front.server is not None:
                front.server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def _both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    """Until either side has closed: HTTP over TCP knows no half-closed connection that still matters."""
    ways = [asyncio.create_task(_pass(reader, far_writer)), asyncio.create_task(_pass(far_reader, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        for end in (writer, far_writer):
            end.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_AT_ONCE):
            writer.write(piece)
            await writer.drain()


async def _ready(port: int) -> bool:
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(_READY)
            status = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in status
