"""The invariants of the chaos list, as plain comparisons of what clients know with what databases and logs hold.

Nothing here is the product's code. Each check answers sentences; none means that the invariant holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.facts import Facts
from tests.chaos.history import History
from tests.chaos.invariants.answers import no_answer_failed_unasked
from tests.chaos.invariants.audited import decisions_have_their_audit_rows
from tests.chaos.invariants.chain import broken_chain
from tests.chaos.invariants.effects import acknowledged_is_there, effects_are_once, the_register_is_whole
from tests.chaos.invariants.once import a_call_sent_again_is_one_call
from tests.chaos.invariants.order import every_change_arrived, reordered, versions_are_in_order
from tests.chaos.invariants.rest import nothing_is_left
from tests.chaos.invariants.totals import totals_agree

_SHOWN = 3


@dataclass
class Verdict:
    """What was found: sentences by invariant, and the counts of the closing line."""

    broken: dict[str, list[str]] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    said_again: int = 0
    """Falls in a log that followed a loss, forgiven because the newer version came once more after them."""
    parked: int = 0
    unpublished: int = 0


def judge(history: History, facts: Facts) -> Verdict:
    """All invariants that this harness covers."""
    facts = facts.without_poison()
    verdict = Verdict(parked=sum(facts.parked.values()), unpublished=sum(facts.unpublished.values()))
    checks: dict[str, Callable[[], list[str]]] = {
        "I1": lambda: acknowledged_is_there(history, facts),
        "I2": lambda: every_change_arrived(facts),
        "I3": lambda: versions_are_in_order(facts),
        "I4": lambda: effects_are_once(history, facts),
        "I5": lambda: totals_agree(facts.figures),
        "I6": lambda: the_register_is_whole(facts),
        "I7": lambda: nothing_is_left(facts),
        "I8": lambda: no_answer_failed_unasked(history),
        "I9": lambda: [
            *decisions_have_their_audit_rows(history, facts),
            *(fault for service, chain in sorted(facts.chains.items()) for fault in broken_chain(service, chain)),
        ],
        "I10": lambda: facts.leaked,
        "I11": lambda: a_call_sent_again_is_one_call(history, facts),
        "I12": lambda: facts.stuck,
    }
    for name, check in checks.items():
        if sentences := check():
            verdict.broken[name] = sentences
    verdict.lost = len(verdict.broken.get("I1", ())) + len(verdict.broken.get("I2", ()))
    verdict.doubled = len(verdict.broken.get("I4", ()))
    verdict.reordered = len(reordered(facts.log))
    verdict.said_again = len(reordered(facts.log, after_loss=True))
    return verdict


def sentences(verdict: Verdict) -> list[str]:
    """A line for each broken invariant: how many, and the first few."""
    return [f"{name} ({len(found)}): {'; '.join(found[:_SHOWN])}" for name, found in verdict.broken.items()]
