"""What a caller's grants reach among results."""

from __future__ import annotations

from collections.abc import Callable

from services.grading.use_cases.cases import Read
from shared.events.roster import Enrolment
from shared.identity import Principal, Resource, Rule, allowed


def resource_of(enrolment: Enrolment) -> Resource:
    """An enrolment as the decision function sees it."""
    return Resource(
        unit_path=tuple(enrolment.unit_path),
        class_id=enrolment.class_id,
        audience=enrolment.offering.audience,
        person_id=enrolment.person.id,
    )


def reaches(principal: Principal, rule: Rule) -> Callable[[Read], bool]:
    """A predicate for use cases."""
    return lambda read: allowed(principal, rule, resource_of(read.enrolment))
