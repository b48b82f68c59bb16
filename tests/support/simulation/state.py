"""What the machines are made of, and the rules that each may be left out."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

AGGREGATES = ("a", "b", "c")


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
    watches_between_batches: bool = True
    tells_logs_apart: bool = True
    """By the id of the topic and not by the cluster's alone."""
    drains: bool = True
    """Before partitions go, the batch in hand is applied and its offset committed."""
    locks_root: bool = True
    """The row in which two aggregates meet is locked before it is read."""


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
    put_out: bool = False
    """The group did not wait for it: what it commits is refused until it polls anew."""


@dataclass
class Half:
    """A reader of one of two topics whose aggregates meet in one row, and its transaction step by step."""

    name: str
    value: int = 0
    locked: bool = False
    read: dict[str, int] | None = None


class State:
    """Everything there is: the producer's database, one shard, one partition, the reader's database."""

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
        self.halves = [Half("left"), Half("right")]
        self.root_lock: Half | None = None
        self.joined = {"left": 0, "right": 0}
