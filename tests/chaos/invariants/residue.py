"""I12: no process is stuck: its loop, its CPU and its memory are back where they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LAG_S = 1.0
CPU = 0.1
"""Of one core, at rest: every process looks whether there is something to do."""
RSS_FACTOR = 1.5
RSS_MORE = 64 * 2**20


@dataclass(frozen=True)
class Residue:
    """One process at rest: cores used, bytes held (what it started included), how late its loop was at worst."""

    cpu: float
    rss: int
    lag_s: float | None
    """None where it did not answer."""


def stuck(base: Mapping[str, Residue], now: Mapping[str, Residue]) -> list[str]:
    """Each process of the base against its bounds; one is known by its name, for faults have it started again."""
    found = [f"{name} does not run" for name in sorted(base.keys() - now.keys())]
    for name, one in sorted(now.items()):
        if one.lag_s is None:
            found.append(f"{name} does not answer for its health")
        elif one.lag_s > LAG_S:
            found.append(f"the loop of {name} was {one.lag_s:.2f} s late")
        if one.cpu > CPU:
            found.append(f"{name} uses {one.cpu:.2f} of a core at rest")
        most = RSS_FACTOR * base[name].rss + RSS_MORE if name in base else None
        if most is not None and one.rss > most:
            found.append(f"{name} holds {one.rss >> 20} MiB, at the beginning {base[name].rss >> 20} MiB")
    return found
