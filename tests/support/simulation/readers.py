"""The consumer's group: two members, one partition, versions seen."""

from __future__ import annotations

from tests.support.simulation.relays import BATCH, Relays
from tests.support.simulation.state import BrokenRuleError, Member


class Readers(Relays):
    """Mirrors shared/consumption.py."""

    def _group(self, member: Member) -> int:
        return member.cluster if self.rules.group_per_cluster else 0

    def poll(self, member: Member) -> None:
        """Fetches; joins anew where another cluster answers. Only the owner of the partition is given records."""
        if member.hand or self.members[self.owner] is not member:
            return
        member.put_out = False
        if member.cluster != self.cluster:
            member.cluster = self.cluster
            member.position = self.committed.get(self._group(member), 0)
        if member.position > len(self.log):  # out of range: from the beginning
            member.position = 0
        member.hand = self.log[member.position : member.position + BATCH]
        member.position += len(member.hand)
        member.applied_to = None
        if member.hand and not self.rules.offset_after_commit:
            self._store(member, member.position)

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
        """The offset, after the transaction; the broker accepts that of an old batch after a new joining."""
        if member.applied_to is not None and self.rules.offset_after_commit and not member.put_out:
            self._store(member, member.applied_to)
        member.applied_to = None

    def _store(self, member: Member, offset: int) -> None:
        group = self._group(member)
        before = self.committed.get(group, 0)
        if offset < before and self.rules.group_per_cluster and self.rules.tells_logs_apart:  # else it is another log's
            raise BrokenRuleError(f"the committed offset fell from {before} to {offset}")
        self.committed[group] = offset

    def crash_member(self, member: Member) -> None:
        """It forgets all and begins at the committed offset."""
        member.cluster, member.hand, member.applied_to = -1, [], None

    def rebalance(self) -> None:
        """The other member has the partition from now on; the old one is asked first."""
        if self.rules.drains:
            self.apply(self.members[self.owner])
            self.commit(self.members[self.owner])
        self._pass_on()

    def put_out(self) -> None:
        """The owner said nothing for too long: it is not asked, and has its batch still in hand."""
        self.members[self.owner].put_out = True
        self._pass_on()

    def _pass_on(self) -> None:
        self.owner = 1 - self.owner
        if self.rules.drains:  # what is left in hand from before was drained, or is forgotten on joining again
            self.members[self.owner].hand, self.members[self.owner].applied_to = [], None
        if not self.members[self.owner].hand:
            self.members[self.owner].cluster = -1
