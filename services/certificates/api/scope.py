"""What a caller's grants reach among certificates."""

from __future__ import annotations

from services.certificates.use_cases.register import Reaches
from shared.identity import Principal, Resource, Rule, allowed


def reaches(principal: Principal, rule: Rule) -> Reaches:
    """The one decision as a predicate for use cases; a certificate stays where its holder was when it was issued."""
    return lambda row: allowed(
        principal,
        rule,
        Resource(unit_path=tuple(row.unit_path), class_id=row.class_id, audience=row.audience, person_id=row.person_id),
    )
