"""One Metadata request on a bare socket: what a broker of the cluster believes, without a client or an event loop."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from deploy.local.ports import LOOPBACK

_METADATA, _VERSION = 3, 7


@dataclass(frozen=True)
class Partition:
    """A partition as one broker sees it. Of several views the one with the highest epoch is the newest."""

    leader: int
    epoch: int
    replicas: tuple[int, ...]
    isr: tuple[int, ...]


@dataclass(frozen=True)
class View:
    """What one broker says: which brokers live, and the partitions of the topics asked for."""

    cluster_id: str | None
    brokers: frozenset[int]
    partitions: dict[tuple[str, int], Partition]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, code: str) -> int:
        (value,) = struct.unpack_from(">" + code, self._data, self._at)
        self._at += struct.calcsize(">" + code)
        return int(value)

    def text(self) -> str | None:
        length = self.number("h")
        if length < 0:
            return None
        self._at += length
        return self._data[self._at - length : self._at].decode()

    def numbers(self) -> tuple[int, ...]:
        return tuple(self.number("i") for _ in range(self.number("i")))


def ask(port: int, *topics: str, timeout_s: float = 1.0) -> View:
    """The view of the broker on a loopback port. Raises OSError where nobody answers or what answers is no broker."""
    body = struct.pack(">i", len(topics))
    for topic in topics:
        name = topic.encode()
        body += struct.pack(">h", len(name)) + name
    body += b"\0"  # no topic is made by asking
    head = struct.pack(">hhih", _METADATA, _VERSION, 1, -1)
    with socket.create_connection((LOOPBACK, port), timeout=timeout_s) as connection:
        connection.sendall(struct.pack(">i", len(head + body)) + head + body)
        (size,) = struct.unpack(">i", _exactly(connection, 4))
        answer = _exactly(connection, size)
    try:
        return _view(_Reader(answer))
    except struct.error:
        raise ConnectionError(f"port {port} answers something else than Metadata") from None


def _exactly(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        part = connection.recv(size - len(got))
        if not part:
            raise ConnectionError("the broker hung up")
        got += part
    return got


def _view(read: _Reader) -> View:
    read.number("i")  # correlation id
    read.number("i")  # throttle time
    brokers = set()
    for _ in range(read.number("i")):
        brokers.add(read.number("i"))
        read.text()
        read.number("i")
        read.text()
    cluster_id = read.text()
    read.number("i")  # controller
    partitions: dict[tuple[str, int], Partition] = {}
    for _ in range(read.number("i")):
        read.number("h")
        topic = read.text() or ""
        read.number("b")
        for _ in range(read.number("i")):
            read.number("h")
            number, leader, epoch = read.number("i"), read.number("i"), read.number("i")
            replicas, isr = read.numbers(), read.numbers()
            read.numbers()
            partitions[topic, number] = Partition(leader, epoch, replicas, isr)
    return View(cluster_id, frozenset(brokers), partitions)
