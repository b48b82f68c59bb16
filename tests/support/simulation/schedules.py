"""Seeded schedules: what happens next is chance, faults are rarer than work, and in the end everything heals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TypeVar

from tests.support.simulation.joins import Joins
from tests.support.simulation.state import BrokenRuleError, Rules

STEPS = 150
FAULTS = 0.12
"""The share of faults among the steps."""
REMADE_EVERY = 3
"""Topics are deleted and made again in one schedule of so many: it hides what other faults do."""

T = TypeVar("T")
Step = Callable[[], None]


class World(Joins):
    """Everything, and the steps that may happen next."""

    def __init__(self, seed: int, rules: Rules, *, remakes: bool = False) -> None:
        """`remakes`: topics are deleted and made again too."""
        super().__init__(seed, rules)
        work: list[tuple[int, Step]] = [
            (4, self._of(self.writers, self.write)),
            (1, self._of(self.relays, self.take_lock)),
            (1, self._of(self.relays, self.watch)),
            (2, self._of(self.relays, self.read)),
            (2, self._of(self.relays, self.send)),
            (2, self._of(self.relays, self.mark)),
            (2, self._of(self.members, self.poll)),
            (2, self._of(self.members, self.apply)),
            (2, self._of(self.members, self.commit)),
            (1, self._of(self.halves, self.join)),
        ]
        self._work = [step for _, step in work]
        self._weights = list(accumulate(weight for weight, _ in work))
        self._faults: list[Step] = [
            self._of(self.writers, self.roll_back),
            self._of(self.relays, self.crash_relay),
            self._of(self.relays, self.lose_lock),
            self._of(self.members, self.crash_member),
            self._of(self.halves, self.end_join),
            self.rebalance,
            self.put_out,
            self.duplicate,
            self.purge,
            self.lose_log,
            *([self.remake_topic] if remakes else []),
        ]

    def _of(self, ones: Sequence[T], act: Callable[[T], None]) -> Step:
        """What one of them does, chosen by chance at each time."""
        return lambda: act(self.chance.choice(ones))

    def step(self) -> None:
        """One thing happens; faults are rarer than work."""
        if self.chance.random() < FAULTS:
            self.chance.choice(self._faults)()
        else:
            self.chance.choices(self._work, cum_weights=self._weights)[0]()

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


def run(seed: int, rules: Rules) -> World:
    """One schedule from beginning to end. Raises BrokenRuleError naming what broke."""
    world = World(seed, rules, remakes=seed % REMADE_EVERY == 0)
    for _ in range(STEPS):
        world.step()
    world.heal()
    world.judge()
    return world


def broken(rules: Rules, seeds: range) -> Iterator[tuple[int, str]]:
    """The seeds whose schedules break something, and what; found one after another."""
    for seed in seeds:
        try:
            run(seed, rules)
        except BrokenRuleError as fault:
            yield seed, str(fault)


def sweep(seeds: range) -> list[tuple[int, str]]:
    """What breaks with all rules in force: a process's share of many schedules."""
    return list(broken(Rules(), seeds))
