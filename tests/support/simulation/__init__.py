"""Outbox, relays, broker and consumers as small state machines: no sockets, no time, one seed.

Mirrors the rules of shared/outbox.py, relay.py and consumption.py. `Rules` has a switch for each of them: a rule left
out must be found by some schedule, or the simulation proves nothing. One shard, one partition.
"""

from tests.support.simulation.schedules import World, run
from tests.support.simulation.state import BrokenRuleError, Rules

__all__ = ["BrokenRuleError", "Rules", "World", "run"]
