"""Free loopback ports below the range from which the kernel takes ports for outgoing connections.

A port of that range may be taken by any client between two starts of a server, and then a restart fails by chance.
"""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LOWEST = 10_000
_HIGHEST = 65_535
_TRIES = 500
_chance = random.SystemRandom()


def ephemeral_range() -> tuple[int, int]:
    """First and last port for outgoing connections, as the kernel says."""
    if sys.platform == "linux":
        first, last = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()
        return int(first), int(last)
    names = ["net.inet.ip.portrange.first", "net.inet.ip.portrange.last"]
    answer = subprocess.run(["/usr/sbin/sysctl", "-n", *names], capture_output=True, text=True, check=True)
    first, last = answer.stdout.split()
    return int(first), int(last)


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now. Connections that are still closing do not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """That many different free ports. Raises OSError where there are none. Another program may still be quicker:
    who listens tries again with another port."""
    first, last = ephemeral_range()
    lowest, highest = (_LOWEST, first - 1) if first > _LOWEST + 1_000 else (last + 1, _HIGHEST)
    if highest - lowest < 2 * count:
        raise OSError(f"no room for {count} ports outside the kernel's range {first}-{last}")
    found: list[int] = []
    for _ in range(_TRIES + count):
        port = _chance.randint(lowest, highest)
        if port not in found and is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"found no {count} free ports between {lowest} and {highest}")


def free_port() -> int:
    """One free port."""
    return free_ports(1)[0]
