"""Outbox, relays, broker and consumers as small state machines: no sockets, no time, one seed.

Mirrors the rules of shared/outbox.py, relay.py and consumption.py. `Rules` has a switch for each of them: a rule left
out must be found by some schedule, or the simulation proves nothing. One shard, one partition.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

AGGREGATES = ("a", "b", "c")
STEPS = 150
BATCH = 4


class BrokenRuleError(AssertionError):
    """What must always hold does not."""


@dataclass(frozen=True)
class Rules:
    """What the product does; each may be left out."""

    lock_first: bool = True
    marks: bool = True
    version_check: bool = True
    offset_after_commit: bool = True
    group_per_cluster: bool = True
    says_again: bool = True


@dataclass
class Row:
    """One row of the outbox."""

    id: int
    aggregate: str
    version: int
    published: bool = False


@dataclass
class Writer:
    """A transaction of the producer, step by step."""

    aggregate: str | None = None
    number: int | None = None
    locked: bool = False
    row: Row | None = None


@dataclass
class Relay:
    """A relay process. `session` is its connection: the lock is that session's, and a zombie's session is gone."""

    session: int = 0
    cluster: int = -1
    hand: list[Row] = field(default_factory=list)
    acks: list[tuple[Row, int | None]] = field(default_factory=list)


@dataclass
class Member:
    """A member of the consumer's group."""

    cluster: int = -1
    position: int = 0
    hand: list[tuple[str, int]] = field(default_factory=list)
    applied_to: int | None = None


class World:
    """Everything, and the steps that may happen next."""

    def __init__(self, seed: int, rules: Rules) -> None:
        self.chance = random.Random(seed)
        self.rules = rules
        self.versions = dict.fromkeys(AGGREGATES, 0)
        self.locks: dict[str, Writer] = {}
        self.sequence = 0
        self.outbox: list[Row] = []
        self.cursor = 0
        self.position: tuple[int, int] = (-1, -1)
        self.shard_lock: int | None = None
        self.sessions = 0
        self.cluster = 0
        self.log: list[tuple[str, int]] = []
        self.first_said = dict.fromkeys(AGGREGATES, 0)
        self.said: set[tuple[str, int]] = set()
        self.committed: dict[int, int] = {}
        self.seen = dict.fromkeys(AGGREGATES, 0)
        self.shown = dict.fromkeys(AGGREGATES, 0)
        self.effects: Counter[tuple[str, int]] = Counter()
        self.writers = [Writer() for _ in range(3)]
        self.relays = [Relay(), Relay()]
        self.members = [Member(), Member()]
        self.owner = 0

    # --- the producer's transactions -------------------------------------------------------------------------

    def write(self, writer: Writer) -> None:
        """The writer's next step: choose, lock, take a number and insert, commit; the wrong one takes it first."""
        if writer.aggregate is None:
            writer.aggregate = self.chance.choice(AGGREGATES)
            if not self.rules.lock_first:
                writer.number = self._next()
        elif not writer.locked:
            if writer.aggregate not in self.locks:  # else it waits
                self.locks[writer.aggregate] = writer
                writer.locked = True
        elif writer.row is None:
            number = self._next() if writer.number is None else writer.number
            writer.row = Row(number, writer.aggregate, self.versions[writer.aggregate] + 1)
        else:
            self.versions[writer.aggregate] = writer.row.version
            self.outbox.append(writer.row)
            self._end(writer)

    def roll_back(self, writer: Writer) -> None:
        """The transaction is given up; its number is never used again."""
        self._end(writer)

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence

    def _end(self, writer: Writer) -> None:
        if writer.locked and writer.aggregate is not None:
            del self.locks[writer.aggregate]
        writer.aggregate, writer.number, writer.locked, writer.row = None, None, False, None

    # --- the relay -------------------------------------------------------------------------------------------

    def holds(self, relay: Relay) -> bool:
        """Whether the database still knows its session."""
        return relay.session != 0 and self.shard_lock == relay.session

    def take_lock(self, relay: Relay) -> None:
        """`pg_try_advisory_lock`, and a look at the cluster as in `_watch`."""
        if relay.session == 0 and self.shard_lock is None:
            self.sessions += 1
            relay.session = self.shard_lock = self.sessions
            relay.cluster = self.cluster
            if self.position[0] not in (-1, self.cluster):
                self._say_again()

    def watch(self, relay: Relay) -> None:
        """Notices another cluster."""
        if self.holds(relay) and relay.cluster != self.cluster:
            relay.cluster = self.cluster
            self._say_again()

    def read(self, relay: Relay) -> None:
        """Reads unpublished rows; a relay with a cursor reads what lies behind it."""
        if self.holds(relay) and not relay.hand and not relay.acks:
            if self.rules.marks:
                rows = [row for row in self.outbox if not row.published]
            else:
                rows = [row for row in self.outbox if row.id > self.cursor]
            relay.hand = sorted(rows, key=lambda row: row.id)[:BATCH]

    def send(self, relay: Relay, *, faulty: bool = True) -> None:
        """Sends what is in hand, in order; acks may be lost, and the connection may break on the way."""
        for row in relay.hand:
            if faulty and self.chance.random() < 0.05:
                break
            self.log.append((row.aggregate, row.version))
            self._judge_order(row)
            lost = faulty and self.chance.random() < 0.1
            relay.acks.append((row, None if lost else len(self.log) - 1))
        relay.hand = []

    def mark(self, relay: Relay) -> None:
        """Marks what was acknowledged, on the session that holds the lock; a zombie finds its session gone."""
        acks, relay.acks = relay.acks, []
        if not acks:
            return
        if not self.holds(relay):
            relay.session = 0
            return
        failed: set[str] = set()
        reached = self.position
        done: list[Row] = []
        for row, offset in acks:
            if offset is None:
                failed.add(row.aggregate)
                continue
            if self.rules.says_again and self.position[0] == relay.cluster and offset <= self.position[1]:
                self._say_again()
                return
            reached = (relay.cluster, max(offset, reached[1] if reached[0] == relay.cluster else -1))
            if row.aggregate not in failed:
                done.append(row)
        for row in done:
            row.published = True
            self.cursor = max(self.cursor, row.id)
        self.position = reached

    def crash_relay(self, relay: Relay) -> None:
        """kill -9: the session and its lock are gone with it."""
        if self.holds(relay):
            self.shard_lock = None
        relay.session, relay.hand, relay.acks = 0, [], []

    def lose_lock(self, relay: Relay) -> None:
        """The database ends the session; the relay does not know it yet and goes on as a zombie."""
        if self.holds(relay):
            self.shard_lock = None

    def _say_again(self) -> None:
        self.position = (-1, -1)
        if self.rules.says_again:
            for row in self.outbox:
                if row.version == self.versions[row.aggregate]:
                    row.published = False

    def purge(self) -> None:
        """Published rows go, but never an aggregate's newest."""
        self.outbox = [row for row in self.outbox if not row.published or row.version == self.versions[row.aggregate]]

    # --- the broker ------------------------------------------------------------------------------------------

    def lose_log(self) -> None:
        """The broker comes back empty, with another id."""
        self.cluster += 1
        self.log = []

    def duplicate(self) -> None:
        """A record that is in the log comes again."""
        if self.log:
            self.log.append(self.chance.choice(self.log))

    # --- the consumer ----------------------------------------------------------------------------------------

    def _group(self, member: Member) -> int:
        return member.cluster if self.rules.group_per_cluster else 0

    def poll(self, member: Member) -> None:
        """Fetches; joins anew where another cluster answers. Only the owner of the partition is given records."""
        if member.hand or self.members[self.owner] is not member:
            return
        if member.cluster != self.cluster:
            member.cluster = self.cluster
            member.position = self.committed.get(self._group(member), 0)
        if member.position > len(self.log):  # out of range: from the beginning
            member.position = 0
        member.hand = self.log[member.position : member.position + BATCH]
        member.position += len(member.hand)
        member.applied_to = None
        if member.hand and not self.rules.offset_after_commit:
            self.committed[self._group(member)] = member.position

    def apply(self, member: Member) -> None:
        """One transaction: raise the versions seen, show what is newer."""
        newest: dict[str, int] = {}
        for aggregate, version in member.hand:
            newest[aggregate] = max(version, newest.get(aggregate, 0)) if self.rules.version_check else version
        for aggregate, version in newest.items():
            if self.rules.version_check and version <= self.seen[aggregate]:
                continue
            if version < self.shown[aggregate]:
                raise BrokenRuleError(f"{aggregate} fell from {self.shown[aggregate]} to {version}")
            self.seen[aggregate] = self.shown[aggregate] = version
            self.effects[aggregate, version] += 1
            if self.effects[aggregate, version] > 1:
                raise BrokenRuleError(f"{aggregate} {version} took effect twice")
        if member.hand:
            member.applied_to = member.position
            member.hand = []

    def commit(self, member: Member) -> None:
        """The offset, after the transaction; the broker accepts it from a zombie too."""
        if member.applied_to is not None and self.rules.offset_after_commit:
            self.committed[self._group(member)] = member.applied_to
        member.applied_to = None

    def crash_member(self, member: Member) -> None:
        """It forgets all and begins at the committed offset."""
        member.cluster, member.hand, member.applied_to = -1, [], None

    def rebalance(self) -> None:
        """The other member has the partition from now on; the old one may still have a batch in hand."""
        self.owner = 1 - self.owner
        self.members[self.owner].cluster = -1
        self.members[self.owner].hand = []

    # --- schedules -------------------------------------------------------------------------------------------

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

    def _judge_order(self, row: Row) -> None:
        """Of all logs together: a version is said for the first time only after those before it."""
        if (row.aggregate, row.version) in self.said:
            return
        self.said.add((row.aggregate, row.version))
        if row.version < self.first_said[row.aggregate]:
            raise BrokenRuleError(
                f"{row.aggregate} {row.version} was said first after {self.first_said[row.aggregate]}"
            )
        self.first_said[row.aggregate] = row.version


def run(seed: int, rules: Rules) -> World:
    """One schedule from beginning to end. Raises BrokenRuleError naming what broke."""
    world = World(seed, rules)
    for _ in range(STEPS):
        world.step()
    world.heal()
    world.judge()
    return world
