"""The producer's transactions: choose, lock, take a number and insert, commit."""

from __future__ import annotations

from tests.support.simulation.state import AGGREGATES, Row, State, Writer


class Producer(State):
    """Mirrors shared/outbox.py."""

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

    def purge(self) -> None:
        """Published rows go, but never an aggregate's newest."""
        self.outbox = [row for row in self.outbox if not row.published or row.version == self.versions[row.aggregate]]
