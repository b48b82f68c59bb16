"""I1, I4 and I6: what was acknowledged is there, and nothing more than that; certificates are numbered without gap."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.chaos.facts import Facts
from tests.chaos.history import History


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
