"""What the audits and the kept answers hold, beside the rows that decisions left, read by plain SQL."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

Decision = tuple[str, str]
"""An action and the object it was done to."""
Given = tuple[str, str, bool]
"""Enrolment, gate, and what was decided."""
Kept = dict[tuple[str, str], list[tuple[int, Any]]]
"""By account and key, the answers that are kept: status and body."""

_AUDITED = "SELECT action, object_id FROM audit"
_VERDICTS = """
    SELECT object_id, details ->> 'gate', (details ->> 'met')::boolean FROM audit WHERE action = 'verdict.give'
"""
_FOUNDING = "SELECT object_id FROM audit WHERE action = 'role_grant.give' AND account = 'terminal'"
_KEPT = "SELECT account, key, status, body FROM kept_answer"
_DISCARDED = "SELECT 'parked.discard', id::text FROM parked_event WHERE state = 'discarded'"
_DECIDED = {
    "roster": "SELECT 'role_grant.give', role_grant_id::text FROM role_grant",
    "grading": """
        SELECT 'recognition_list.make', id::text FROM recognition_list
        UNION ALL SELECT 'recognition_list.approve', id::text FROM recognition_list WHERE approved_at IS NOT NULL
        UNION ALL SELECT 'pass.withdraw', enrolment_id::text FROM pass_withdrawal
    """,
    "certificates": """
        SELECT CASE state WHEN 'revoked' THEN 'certificate.revoke' ELSE 'certificate.replace' END, id::text
        FROM certificate WHERE state IN ('revoked', 'replaced')
    """,
}


async def audited(open_: Mapping[str, Any]) -> Counter[Decision]:
    """How many audit rows there are of an action on an object, over all services."""
    return Counter([(action, one) for each in open_.values() for action, one in await each.fetch(_AUDITED)])


async def audited_verdicts(grading: Any) -> Counter[Given]:
    """The same of verdicts, by what was decided at which gate."""
    return Counter([(one, gate, met) for one, gate, met in await grading.fetch(_VERDICTS)])


async def decided(open_: Mapping[str, Any]) -> Counter[Decision]:
    """How often a decision stands in the tables."""
    asked = [(each, _DISCARDED) for each in open_.values()] + [(open_[name], sql) for name, sql in _DECIDED.items()]
    return Counter([(action, one) for each, sql in asked for action, one in await each.fetch(sql)])


async def founding(roster: Any) -> set[str]:
    """The grants that nobody called for: those made when a province is founded from a terminal."""
    return {row[0] for row in await roster.fetch(_FOUNDING)}


async def kept(open_: Mapping[str, Any]) -> Kept:
    """The answers that wait for a call to come again."""
    found: Kept = {}
    for connection in open_.values():
        for account, key, status, body in await connection.fetch(_KEPT):
            found.setdefault((account, key), []).append((status, json.loads(body) if body else None))
    return found
