"""Two topics, two readers, and the row in which what they read meets."""

from __future__ import annotations

from tests.support.simulation.readers import Readers
from tests.support.simulation.state import BrokenRuleError, Half


class Joins(Readers):
    """Mirrors what the services do where aggregates meet: lock the root row, read it, write it whole."""

    def join(self, half: Half) -> None:
        """The half's next step: begin and lock, read the row, write it and commit."""
        if half.value == 0:
            half.value = self.joined[half.name] + 1
        elif self.rules.locks_root and not half.locked:
            if self.root_lock is None:  # else it waits
                self.root_lock, half.locked = half, True
        elif half.read is None:
            half.read = dict(self.joined)
        else:
            before, self.joined = self.joined, half.read | {half.name: half.value}
            if any(self.joined[name] < value for name, value in before.items()):
                raise BrokenRuleError(f"the row had {before} and half of it was lost: {self.joined}")
            self.end_join(half)

    def end_join(self, half: Half) -> None:
        """The transaction is over, by its commit or given up."""
        if half.locked:
            self.root_lock = None
        half.value, half.locked, half.read = 0, False, None
