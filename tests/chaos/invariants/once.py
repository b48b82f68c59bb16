"""I11: a call whose outcome was unknown and that was sent again under its key has exactly one effect."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.chaos.deeds import Deed, Outcome
from tests.chaos.facts import Facts, ListContent
from tests.chaos.history import History

Step = tuple[object, Outcome]
"""What a call wanted to stand, and whether it came to stand."""


def a_call_sent_again_is_one_call(history: History, facts: Facts) -> list[str]:
    """Every kind of call that this harness repeats, and the answers kept for all of them."""
    return [
        *_deliveries(history),
        *_answers(history, facts),
        *_lists(history, facts),
        *_graders(history, facts),
        *_verdicts(history, facts),
        *_grants(history, facts),
    ]


def _deliveries(history: History) -> list[str]:
    """An event of one delivery that was taken is taken again, never refused. That it is there once, I4 says."""
    return [
        f"event {event} of delivery {delivery} was accepted, and rejected when it came again"
        for delivery, event in sorted(history.taken & history.rejected)
    ]


BY_THEIR_STATE = ("/api/v1/imports", "/api/v1/parked")
"""Calls that keep no answer: they are the same however often they come (decision 11)."""


def _answers(history: History, facts: Facts) -> list[str]:
    """One answer for a key, and the same one in the database that the effect is in."""
    found: list[str] = []
    kept = dict(facts.kept)
    for deed in history.deeds:
        what = f"{deed.calls[0][0]} {deed.path} under {deed.key}"
        if any(call != deed.calls[0] for call in deed.calls):
            found.append(f"{what} was sent with another call as well")
        if any(answer != deed.told[0] for answer in deed.told):
            found.append(f"{what} was answered {deed.told}")
        if deed.path.startswith(BY_THEIR_STATE):
            continue
        rows = kept.pop((deed.account, deed.key), [])
        right = rows[:1] if deed.outcome == "unknown" else deed.told[:1]
        if rows != right:
            found.append(f"{what} was {deed.outcome} {deed.told[:1]}, kept is {rows}")
    return found + [f"an answer is kept for {key} of {account} and nobody sent it" for account, key in sorted(kept)]


def _lists(history: History, facts: Facts) -> list[str]:
    """Of one title and one set of enrolments as many lists as calls were told of, and no more untold than there are
    calls without an answer."""
    held: dict[ListContent, set[str]] = defaultdict(set)
    for one, content in facts.list_contents.items():
        held[content].add(one)
    told: dict[ListContent, set[str]] = defaultdict(set)
    unknown: Counter[ListContent] = Counter()
    for deed in _to(history, "/recognition-lists"):
        content = (deed.body["title"], frozenset(deed.body["enrolment_ids"]))
        told[content] |= {answer["id"] for _, answer in deed.told}
        unknown[content] += deed.outcome == "unknown"
    return [
        f"list '{content[0]}' stands {len(ids)} times, {len(told[content])} were acknowledged and {unknown[content]} "
        f"had no answer; untold: {', '.join(sorted(ids - told[content]))}"
        for content, ids in sorted(held.items(), key=lambda item: min(item[1]))
        if len(ids - told[content]) > unknown[content]
    ]


def _graders(history: History, facts: Facts) -> list[str]:
    """An audit row for each call that changed who grades a class."""
    steps: dict[str, list[Step]] = defaultdict(list)
    for deed in _to(history, "/graders"):
        steps[deed.path.split("/")[-2]].append((tuple(dict.fromkeys(deed.body["graders"])), deed.outcome))
    return [
        f"graders of class {one} were set {facts.audited['class.set_graders', one]} times, its calls make {right}"
        for one in sorted(steps)
        if facts.audited["class.set_graders", one] not in (right := changes(steps[one]))
    ]


def _verdicts(history: History, facts: Facts) -> list[str]:
    """A row for each call that changed what stands at a gate of an enrolment."""
    steps: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for deed in _to(history, "/verdicts"):
        accepted = {row["enrolment_id"] for _, answer in deed.told[:1] for row in answer["items"] if row["accepted"]}
        for row in deed.body["verdicts"]:
            one = row["enrolment_id"]
            outcome: Outcome = "refused" if deed.outcome == "acknowledged" and one not in accepted else deed.outcome
            steps[one, deed.body["gate"]].append(((deed.account, row["met"], row.get("reason")), outcome))
    given: Counter[tuple[str, str]] = Counter()
    for (one, gate, _), count in facts.verdicts.items():
        given[one, gate] += count
    return [
        f"{gate} gave {given[one, gate]} verdicts on {one}, its calls make {right}"
        for one, gate in sorted(steps.keys() | given.keys())
        if given[one, gate] not in (right := changes(steps[one, gate]))
    ]


def _grants(history: History, facts: Facts) -> list[str]:
    """No grant that no call was told of, but by calls without an answer and the one that founds the province."""
    unknown = sum(len(deed.body["grants"]) for deed in _to(history, "/role-grants") if deed.outcome == "unknown")
    untold = sorted(facts.grants - history.grants - facts.founding)
    return [f"role grants {', '.join(untold)} are in roster, {unknown} had no answer"] if len(untold) > unknown else []


def changes(steps: Iterable[Step]) -> list[int]:
    """How often a standing thing may have changed, from nothing, by these calls in their order: one number where every
    outcome is known. To want what stands changes nothing."""
    possible: set[tuple[object, int]] = {(None, 0)}
    for wanted, outcome in steps:
        after = {(wanted, count + (standing != wanted)) for standing, count in possible}
        if outcome == "acknowledged":
            possible = after
        elif outcome == "unknown":
            possible |= after
    return sorted({count for _, count in possible})


def _to(history: History, end: str) -> list[Deed]:
    return [deed for deed in history.deeds if deed.path.endswith(end)]
