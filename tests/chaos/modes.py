"""How the load of the run in this process behaves for a while: faults set it, the clients' thread reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass
class Modes:
    """Each is set by one fault and unset when it is healed."""

    storm: bool = False
    """The vendor's deliveries come several times and late (F-19)."""
    jumps: tuple[timedelta, ...] = ()
    """How far the clocks of those who act are off, in turn (F-18)."""
    jumped: int = 0
    """Acts that were dated wrongly."""
    stormed: int = 0
    """Deliveries that were held back."""

    _turn: int = 0

    def jump(self) -> timedelta:
        """For the next call."""
        jumps = self.jumps
        if not jumps:
            return timedelta(0)
        jump = jumps[self._turn % len(jumps)]
        self._turn += 1
        self.jumped += bool(jump)
        return jump


MODES = Modes()
