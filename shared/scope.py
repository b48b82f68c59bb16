"""What a caller's grants reach among enrolments, whichever service holds them."""

from __future__ import annotations

from collections.abc import Callable

from shared.events.roster import Enrolment
from shared.identity import Principal, Resource, Rule, allowed

Reaches = Callable[[Enrolment], bool]
"""Whether an enrolment is within reach; one that is not is unknown to the caller."""


def reaches(principal: Principal, rule: Rule) -> Reaches:
    """The one decision as a predicate for use cases."""
    return lambda enrolment: allowed(principal, rule, resource_of(enrolment))


def resource_of(enrolment: Enrolment) -> Resource:
    """An enrolment as the decision function sees it."""
    return Resource(
        unit_path=tuple(enrolment.unit_path),
        class_id=enrolment.class_id,
        audience=enrolment.offering.audience,
        person_id=enrolment.person.id,
    )
