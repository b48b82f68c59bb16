"""What each of the stack's processes holds and does, measured from outside: by /proc, and by its own /metrics."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import aiohttp

from tests.chaos.invariants.residue import Residue, stuck

LOOK_S = 3.0
BACK_WITHIN_S = 45.0
"""The worst of a loop is remembered for 15 s, and a busy machine's other work is no fault of the platform."""
_LAG = "event_loop_lag_seconds "
_ANSWER_WITHIN_S = 5.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_GONE = (FileNotFoundError, ProcessLookupError)

Pids = Callable[[], Mapping[str, int]]


@dataclass(frozen=True)
class Used:
    """Of a process and all that it started: CPU in seconds, resident memory in bytes."""

    cpu_s: float
    rss: int


def used(pid: int) -> Used:
    """A process of the stack leads a session of its own, so what it started is known by that."""
    ticks = pages = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_bytes()
        except _GONE:
            continue
        # The second field, the name, may hold spaces and parentheses; the rest begins after the last parenthesis.
        fields = stat[stat.rindex(b")") + 2 :].split()
        if int(fields[3]) == pid:
            ticks += int(fields[11]) + int(fields[12])
            pages += int(fields[21])
    return Used(ticks / _TICKS, pages * _PAGE)


def address_of(name: str, pid: int) -> str | None:
    """Where a process answers for its health, as its environment says; None where it is none of ours."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (*_GONE, PermissionError):
        return None
    wanted = f"{name.split('-')[0].upper()}_PORT=".encode()
    port = next((one.removeprefix(wanted).decode() for one in environment if one.startswith(wanted)), None)
    return f"http://127.0.0.1:{port}" if port else None


async def metrics(pids: Mapping[str, int]) -> dict[str, str]:
    """The text of every process's /metrics; of one that does not answer in time there is none."""
    texts: dict[str, str] = {}
    timeout = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:

        async def ask(name: str, address: str) -> None:
            try:
                async with session.get(f"{address}/metrics") as answer:
                    if answer.status == 200:
                        texts[name] = await answer.text()
            except (aiohttp.ClientError, TimeoutError):
                return

        asked = {name: address for name, pid in pids.items() if (address := address_of(name, pid))}
        await asyncio.gather(*(ask(name, address) for name, address in asked.items()))
    return texts


async def look(pids: Mapping[str, int], for_s: float = LOOK_S) -> dict[str, Residue]:
    """Of each process of ours that answers for its health, over so many seconds."""
    ours = {name: pid for name, pid in pids.items() if address_of(name, pid)}
    before, began = {name: used(pid) for name, pid in ours.items()}, monotonic()
    await asyncio.sleep(for_s)
    after, took = {name: used(pid) for name, pid in ours.items()}, monotonic() - began
    texts = await metrics(ours)
    return {
        name: Residue(
            cpu=max(0.0, after[name].cpu_s - before[name].cpu_s) / took,
            rss=after[name].rss,
            lag_s=lag_in(texts[name]) if name in texts else None,
        )
        for name in ours
    }


def lag_in(text: str) -> float | None:
    """The loop's lag, as a process's metrics tell it."""
    return next((float(line.removeprefix(_LAG)) for line in text.splitlines() if line.startswith(_LAG)), None)


async def settled(pids: Pids, base: Mapping[str, Residue], within_s: float = BACK_WITHIN_S) -> list[str]:
    """Looks until nothing is stuck; what is stuck still when the time is over. A process that is not there is that."""
    until = monotonic() + within_s
    while True:
        found = stuck(base, await look(pids()))
        if not found or monotonic() > until:
            return found
