"""The relays and the broker's log: marks, one relay per shard, everything said again when the log was lost."""

from __future__ import annotations

from tests.support.simulation.producer import Producer
from tests.support.simulation.state import BrokenRuleError, Relay, Row

BATCH = 4


class Relays(Producer):
    """Mirrors shared/relay.py."""

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
        """Notices another cluster; never between ack and mark, or a lost log's ack would count for the new one."""
        if self.rules.watches_between_batches and (relay.hand or relay.acks):
            return
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

    def lose_log(self) -> None:
        """The broker comes back empty, with another id."""
        self.cluster += 1
        self.log = []

    def remake_topic(self) -> None:
        """The topic is deleted and made again under the same cluster id; `cluster` is what tells logs apart."""
        if self.rules.tells_logs_apart:
            self.cluster += 1
        self.log = []

    def duplicate(self) -> None:
        """A record that is in the log comes again."""
        if self.log:
            self.log.append(self.chance.choice(self.log))

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
