"""I9: each decision has exactly its row in the audit, and the audit has no row without its decision."""

from __future__ import annotations

from tests.chaos.facts import Facts
from tests.chaos.history import History

ONE_ROW_EACH = frozenset(
    {
        "recognition_list.make",
        "recognition_list.approve",
        "role_grant.give",
        "pass.withdraw",
        "certificate.revoke",
        "certificate.replace",
        "parked.discard",
    }
)
"""Actions that leave one row in a table and one in the audit."""


def decisions_have_their_audit_rows(history: History, facts: Facts) -> list[str]:
    """Row for row against the tables, where a decision leaves a row of its own; and whatever was acknowledged has one.

    A grant whose end is changed would have further rows; this harness changes none. How many rows a class's graders
    must have, I11 says.
    """
    acknowledged = {
        *(("recognition_list.make", one) for one in history.lists),
        *(("recognition_list.approve", one) for one in history.approved),
        *(("role_grant.give", one) for one in history.grants),
        *(("class.set_graders", one) for one in history.graders),
    }
    audited = {one for one in facts.audited if one[0] in ONE_ROW_EACH}
    found = [
        f"{action} of {one} stands {facts.decided[action, one]} times and has {facts.audited[action, one]} audit rows"
        for action, one in sorted(facts.decided.keys() | audited)
        if facts.decided[action, one] != facts.audited[action, one]
    ]
    found += [
        f"{action} of {one} was acknowledged and has no audit row"
        for action, one in sorted(acknowledged)
        if not facts.audited[action, one]
    ]
    return found + [
        f"the verdict of {gate} on {one} ({met}) stands {facts.verdicts[one, gate, met]} times and has "
        f"{facts.audited_verdicts[one, gate, met]} audit rows"
        for one, gate, met in sorted(facts.verdicts.keys() | facts.audited_verdicts.keys(), key=str)
        if facts.verdicts[one, gate, met] != facts.audited_verdicts[one, gate, met]
    ]
