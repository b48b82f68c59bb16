"""The invariants of the chaos list, as plain comparisons of what clients know with what databases and logs hold.

Nothing here is the product's code. Each check answers sentences; none means that the invariant holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.chaos.facts import Facts, Key, Logged
from tests.chaos.history import Call, History

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

_BEFORE = timedelta(seconds=10)
_AFTER = timedelta(seconds=5)
"""A call may have been under way when its store went, or have waited for it to come back."""

_SHOWN = 3
_AROUND = 12
"""How much of an aggregate's log a sentence shows on either side of the fault."""


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
    verdict = Verdict(parked=sum(facts.parked.values()), unpublished=sum(facts.unpublished.values()))
    checks: dict[str, Callable[[], list[str]]] = {
        "I1": lambda: acknowledged_is_there(history, facts),
        "I2": lambda: every_change_arrived(facts),
        "I3": lambda: versions_are_in_order(facts),
        "I4": lambda: effects_are_once(history, facts),
        "I6": lambda: the_register_is_whole(facts),
        "I7": lambda: nothing_is_left(facts),
        "I8": lambda: no_answer_failed_unasked(history),
    }
    for name, check in checks.items():
        if sentences := check():
            verdict.broken[name] = sentences
    verdict.lost = len(verdict.broken.get("I1", ())) + len(verdict.broken.get("I2", ()))
    verdict.doubled = len(verdict.broken.get("I4", ()))
    verdict.reordered = len(reordered(facts.log))
    verdict.said_again = len(reordered(facts.log, after_loss=True))
    return verdict


def acknowledged_is_there(history: History, facts: Facts) -> list[str]:
    """I1: every acknowledged write is in its service's database."""
    found = [f"event {one} was acknowledged and is not in grading" for one in sorted(history.events - facts.evidence)]
    for enrolment, gate, met in sorted(history.verdicts):
        if not facts.verdicts[enrolment, gate, met]:
            found.append(f"the verdict of {gate} on {enrolment} was acknowledged and is not in grading")
    found += [f"list {one} was acknowledged and is not in grading" for one in sorted(history.lists - set(facts.lists))]
    for one in sorted(history.approved):
        if not facts.lists.get(one):
            found.append(f"the approval of list {one} was acknowledged and is not in grading")
    found += [
        f"role grant {one} was acknowledged and is not in roster" for one in sorted(history.grants - facts.grants)
    ]
    for class_id, accounts in sorted(history.graders.items()):
        if facts.graders.get(class_id) != accounts:
            found.append(f"class {class_id} has graders {facts.graders.get(class_id)}, acknowledged were {accounts}")
    return found


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


def effects_are_once(history: History, facts: Facts) -> list[str]:
    """I4: nothing that nobody sent, nothing more often than it was sent, results as the calls alone give them."""
    found = [f"event {one} is in grading and nobody sent it" for one in sorted(facts.evidence - history.events_sent)]
    for (enrolment, gate, met), count in sorted(facts.verdicts.items()):
        if count > history.verdicts_sent[enrolment, gate, met]:
            found.append(f"the verdict of {gate} on {enrolment} stands {count} times")
    valid = Counter(paper.enrolment for paper in facts.papers if paper.state == "valid")
    found += [f"enrolment {one} has {count} valid certificates" for one, count in valid.items() if count > 1]
    return found + [f"computed otherwise: {one}" for one in facts.otherwise]


def the_register_is_whole(facts: Facts) -> list[str]:
    """I6: one certificate per enrolment and list; numbers of an issuer's year run from 1 without gap or repeat."""
    found: list[str] = []
    decided = Counter((paper.enrolment, paper.list_id) for paper in facts.papers if paper.state != "replaced")
    found += [f"enrolment {one[0]} has {count} certificates of one list" for one, count in decided.items() if count > 1]
    numbers: dict[tuple[str, int], list[int]] = defaultdict(list)
    for paper in facts.papers:
        numbers[paper.issuer, paper.year].append(paper.number)
    for register in sorted(numbers.keys() | facts.registers.keys()):
        given, last = sorted(numbers[register]), facts.registers.get(register, 0)
        if given != list(range(1, last + 1)):
            found.append(f"register {register[0]} {register[1]} ends at {last} and holds {len(given)}: {given[-5:]}")
    return found


def nothing_is_left(facts: Facts) -> list[str]:
    """I7: no unpublished, parked or waiting row."""
    found = [f"{service} has {count} unpublished events" for service, count in facts.unpublished.items() if count]
    found += [f"{service} has {count} parked events" for service, count in facts.parked.items() if count]
    return found + [f"{count} left of {what}" for what, count in facts.waiting.items() if count]


def no_answer_failed_unasked(history: History) -> list[str]:
    """I8: no 5xx but while a store or process that answers calls is down, and each with a problem body where the
    history keeps bodies."""
    found: list[str] = []
    for call in history.calls:
        if call.status < 500:
            continue
        if not any(_meets(call, window.since - _BEFORE, window.until + _AFTER) for window in history.down):
            found.append(
                f"{call.what} at {call.sent:%H:%M:%S} was answered {call.status} while nothing it needs was down"
            )
        if call.problem is False:
            found.append(f"{call.what} at {call.sent:%H:%M:%S} was answered {call.status} without a problem body")
    return found


def _meets(call: Call, since: datetime, until: datetime) -> bool:
    return since <= call.sent <= until


def _of(kind: str, versions: Mapping[Key, int]) -> dict[Key, int]:
    return {key: version for key, version in versions.items() if key[0] == kind}


def _first(version: int) -> int:
    return (version >> _COUNTER_BITS << _COUNTER_BITS) + 1


def _short(version: int | None) -> str:
    """`epoch.counter`, or `nothing`."""
    return "nothing" if version is None else f"{version >> _COUNTER_BITS}.{version & ((1 << _COUNTER_BITS) - 1)}"


def sentences(verdict: Verdict) -> list[str]:
    """A line for each broken invariant: how many, and the first few."""
    return [f"{name} ({len(found)}): {'; '.join(found[:_SHOWN])}" for name, found in verdict.broken.items()]
