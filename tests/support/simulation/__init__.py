"""Outbox, relays, broker and consumers as small state machines: no sockets, no time, one seed.

Mirrors the rules of shared/outbox.py, relay.py, applying.py and consumption.py. `Rules` has a switch for each of them:
a rule left out must be found by some schedule, or the simulation proves nothing. One shard, one partition; two topics
whose aggregates meet in a row of their own.
"""

from tests.support.simulation.schedules import World, broken, run, sweep
from tests.support.simulation.state import BrokenRuleError, Rules

__all__ = ["BrokenRuleError", "Rules", "World", "broken", "run", "sweep"]
