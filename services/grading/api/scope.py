"""What a caller's grants reach among results."""

from __future__ import annotations

from collections.abc import Callable

from services.grading.store.results import Reach
from services.grading.use_cases.cases import Read
from shared.events.roster import Enrolment
from shared.identity import Principal, Resource, Role, Rule, allowed, is_whole


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


def reach_of(principal: Principal, rule: Rule) -> Reach:
    """The same as SQL asks it. A grant narrowed in two ways at once is not offered by roster."""
    grants = [grant for grant in principal.grants if grant.role in rule.roles]
    learner = any(grant.role is Role.LEARNER for grant in grants)
    others = [grant for grant in grants if grant.role is not Role.LEARNER and is_whole(grant)]
    return Reach(
        everything=any(g.unit_id is None and g.class_id is None and g.audience is None for g in others),
        units=tuple(g.unit_id for g in others if g.unit_id and not g.class_id and not g.audience),
        classes=tuple(g.class_id for g in others if g.class_id),
        audiences=tuple(g.audience for g in others if g.audience and not g.class_id),
        person=principal.person_id if learner else None,
    )
