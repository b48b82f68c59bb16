"""I9, its second half: every audit row is sealed, and every seal is the hash that its place in the chain demands.

Computed anew from the formula in the docstring of shared/audit.py, with nothing of the product's code.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256

from tests.chaos.seals import Audited, Chain


def broken_chain(service: str, chain: Chain) -> list[str]:
    """What is not as it was sealed: the chain is followed to its first fault."""
    found = [f"{service} has {chain.waiting} audit rows without a seal"] if chain.waiting else []
    often = Counter(seal.audit_id for seal in chain.seals)
    found += [f"{service}'s audit row {one} has {count} seals" for one, count in often.items() if count > 1]
    last = bytes(32)
    for place, seal in enumerate(chain.seals, 1):
        if seal.seq != place:
            return [*found, f"{service}'s seal {place} is missing"]
        if seal.row is None:
            return [*found, f"{service}'s audit row {seal.audit_id} was sealed and is gone"]
        last = sha256(last + _bytes_of(seal.row)).digest()
        if last != seal.hash:
            return [*found, f"{service}'s audit row {seal.audit_id} is not what was sealed at {place}"]
    return found


def _bytes_of(row: Audited) -> bytes:
    values = [
        row.province_id,
        row.id,
        _instant(row.at),
        _instant(row.recorded_at),
        row.account,
        row.action,
        row.object_type,
        row.object_id,
        json.loads(row.details),
        row.request_id,
    ]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
