"""Seeded schedules: what happens next is chance, faults are rarer than work, and in the end everything heals."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.simulation.readers import Readers
from tests.support.simulation.state import BrokenRuleError, Rules

STEPS = 150


class World(Readers):
    """Everything, and the steps that may happen next."""

    remakes = False
    """Whether topics are deleted and made again. Not in all schedules: a fault more makes others of the old seeds."""

    def step(self) -> None:
        """One thing happens; faults are rarer than work."""
        relay, member = self.chance.choice(self.relays), self.chance.choice(self.members)
        writer = self.chance.choice(self.writers)
        work: list[Callable[[], None]] = [
            lambda: self.write(writer),
            lambda: self.take_lock(relay),
            lambda: self.watch(relay),
            lambda: self.read(relay),
            lambda: self.send(relay),
            lambda: self.mark(relay),
            lambda: self.poll(member),
            lambda: self.apply(member),
            lambda: self.commit(member),
        ]
        faults: list[Callable[[], None]] = [
            lambda: self.roll_back(writer),
            lambda: self.crash_relay(relay),
            lambda: self.lose_lock(relay),
            lambda: self.crash_member(member),
            self.rebalance,
            self.duplicate,
            self.purge,
            self.lose_log,
            *([self.remake_topic] if self.remakes else []),
        ]
        weights = (4, 1, 1, 2, 2, 2, 2, 2, 2)
        if self.chance.random() < 0.12:
            self.chance.choice(faults)()
        else:
            self.chance.choices(work, weights)[0]()

    def heal(self) -> None:
        """Faults stop; everyone works until there is nothing left to do."""
        for writer in self.writers:
            while writer.aggregate is not None:
                if not writer.locked and writer.aggregate in self.locks:
                    self.write(self.locks[writer.aggregate])
                self.write(writer)
        for _ in range(2 * len(self.outbox) + 20):
            for relay in self.relays:
                self.mark(relay)
                if relay.session and not self.holds(relay):
                    self.crash_relay(relay)
                self.take_lock(relay)
                self.watch(relay)
                self.read(relay)
                self.send(relay, faulty=False)
                self.mark(relay)
        for _ in range(len(self.log) + 20):
            for member in self.members:
                self.apply(member)
                self.commit(member)
                self.poll(member)

    def judge(self) -> None:
        """What must hold at the end. Raises BrokenRuleError."""
        if self.rules.marks and any(not row.published for row in self.outbox):
            raise BrokenRuleError("rows are left unpublished")
        if self.shown != self.versions:
            raise BrokenRuleError(f"shown {self.shown}, newest {self.versions}")


def run(seed: int, rules: Rules, *, remakes: bool = False) -> World:
    """One schedule from beginning to end. Raises BrokenRuleError naming what broke."""
    world = World(seed, rules)
    world.remakes = remakes
    for _ in range(STEPS):
        world.step()
    world.heal()
    world.judge()
    return world
