"""I2 and I3: every change arrived at everyone who hears of it, each in its order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tests.chaos.facts import Facts, Key, Logged

HEARS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "roster": (("grading", "result"),),
    "grading": (("roster", "enrolment"), ("certificates", "certificate")),
    "certificates": (("grading", "result"),),
    "reporting": (
        ("roster", "unit"),
        ("roster", "person"),
        ("roster", "enrolment"),
        ("grading", "result"),
        ("certificates", "certificate"),
    ),
}
"""Who keeps which aggregates of whom (contracts, section 3)."""

_COUNTER_BITS = 40
"""An aggregate's version is its database's epoch, then a counter of so many bits that begins at 1."""

_AROUND = 12
"""How much of an aggregate's log a sentence shows on either side of the fault."""


def every_change_arrived(facts: Facts) -> list[str]:
    """I2: what each consumer has seen of each aggregate is exactly what its producer holds, no more and no less; the
    log holds it too, also one that was begun anew."""
    found: list[str] = []
    for reader, heard in HEARS.items():
        for producer, kind in heard:
            said = _of(kind, facts.aggregates.get(producer, {}))
            seen = _of(kind, facts.seen.get(reader, {}))
            for key in sorted(said.keys() | seen.keys()):
                if said.get(key) != seen.get(key):
                    found.append(
                        f"{kind} {key[1]}: {producer} is at {_short(said.get(key))}, "
                        f"{reader} has seen {_short(seen.get(key))}"
                    )
    return found + _not_in_the_log(facts)


def _not_in_the_log(facts: Facts) -> list[str]:
    """What the log that there is at the end, the last of the run's, does not hold the newest version of."""
    if not facts.log:
        return ["nothing was read of any log"]
    last = facts.log[-1].log
    newest: dict[tuple[str, Key], int] = {}
    for one in facts.log:
        if one.log == last:
            newest[one.topic, one.key] = max(one.version, newest.get((one.topic, one.key), 0))
    return [
        f"{key[0]} {key[1]} is at {_short(version)}, the log has {_short(newest.get((f'{service}.events', key)))}"
        for service, aggregates in facts.aggregates.items()
        for key, version in sorted(aggregates.items())
        if newest.get((f"{service}.events", key)) != version
    ]


def versions_are_in_order(facts: Facts) -> list[str]:
    """I3: per aggregate the outbox has no gap, the log never falls, and what a consumer has seen never falls."""
    found: list[str] = []
    for service, aggregates in facts.aggregates.items():
        said = facts.outbox.get(service, {})
        for key in sorted(aggregates.keys() | said.keys()):
            versions = sorted(said.get(key, ()))
            top = aggregates.get(key)
            if top is None or versions != list(range(_first(top), top + 1)):
                shown = [_short(one) for one in versions]
                found.append(f"{service}'s {key[0]} {key[1]} is at {_short(top)}, its outbox has {shown}")
    return found + reordered(facts.log) + facts.fallen


def reordered(log: Iterable[Logged], *, after_loss: bool = False) -> list[str]:
    """Versions that came for the first time after a newer one, in one life of one topic's log.

    A version that comes again is a repeat, which readers skip; it is no fault. Nor is what is said again because a log
    was lost: a relay's batch that met the loss half-way has its second half in the new log first, then the whole again.
    So in a life that followed a loss the newer version must come once more after the older one; `after_loss` answers
    those instead, so that they are counted.
    """
    said: dict[tuple[str, str, Key], list[Logged]] = defaultdict(list)
    lives: dict[str, None] = {}
    for one in log:
        lives.setdefault(one.log)
        said[one.log, one.topic, one.key].append(one)
    first_life = next(iter(lives), None)
    found: list[str] = []
    for (life, topic, key), records in said.items():
        versions = [one.version for one in sorted(records, key=lambda one: (one.partition, one.offset))]
        for place, version in enumerate(versions):
            newest = max(versions[:place], default=0)
            if version >= newest or version in versions[:place]:
                continue
            if after_loss == (life != first_life and newest in versions[place:]):
                told = " ".join(_short(one) for one in versions[max(0, place - _AROUND) : place + _AROUND])
                found.append(f"{topic}: {key[0]} {key[1]} came to {_short(version)} after {_short(newest)}: … {told} …")
    return found


def _of(kind: str, versions: Mapping[Key, int]) -> dict[Key, int]:
    return {key: version for key, version in versions.items() if key[0] == kind}


def _first(version: int) -> int:
    return (version >> _COUNTER_BITS << _COUNTER_BITS) + 1


def _short(version: int | None) -> str:
    """`epoch.counter`, or `nothing`."""
    return "nothing" if version is None else f"{version >> _COUNTER_BITS}.{version & ((1 << _COUNTER_BITS) - 1)}"
