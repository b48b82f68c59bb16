"""I7: nothing is left to do."""

from __future__ import annotations

from tests.chaos.facts import Facts


def nothing_is_left(facts: Facts) -> list[str]:
    """I7: no unpublished, parked or waiting row."""
    found = [f"{service} has {count} unpublished events" for service, count in facts.unpublished.items() if count]
    found += [f"{service} has {count} parked events" for service, count in facts.parked.items() if count]
    return found + [f"{count} left of {what}" for what, count in facts.waiting.items() if count]
