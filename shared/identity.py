"""Who calls, what she was granted, and one decision function. How a service learns it: `shared/tokens.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import msgspec


class Role(StrEnum):
    """What a person (or a vendor's program) may be. Dated grants of them are roster's."""

    PROVINCE_OFFICER = "province_officer"
    DEPARTMENT_LEADER = "department_leader"
    DISTRICT_OFFICER = "district_officer"
    SCHOOL_HEAD = "school_head"
    CORE_TEACHER = "core_teacher"
    INSTITUTION_LECTURER = "institution_lecturer"
    AUDITOR = "auditor"
    LEARNER = "learner"
    VENDOR = "vendor"
    OPERATOR = "operator"


class Grant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A role over a unit and all below it, over one class, or over an audience; a learner's is over herself."""

    role: Role
    unit_id: UUID | None = None
    class_id: UUID | None = None
    audience: str | None = None


class Principal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whoever a request speaks for. `source` is set for a vendor's program."""

    account: str
    province_id: UUID | None = None
    person_id: UUID | None = None
    grants: list[Grant] = msgspec.field(default_factory=list)
    source: str | None = None

    @property
    def roles(self) -> set[Role]:
        """The roles, whatever they are over."""
        return {grant.role for grant in self.grants}


@dataclass(frozen=True)
class Resource:
    """What an action touches, as far as scope goes. `unit_path` runs from the province to the leaf."""

    unit_path: tuple[UUID, ...] = ()
    class_id: UUID | None = None
    audience: str | None = None
    person_id: UUID | None = None


class Over(StrEnum):
    """What an action is over, hence how far a grant must reach for it."""

    REACH = "reach"
    """Whatever the grants reach: each object is asked for, a list holds no other."""
    PROVINCE = "province"
    """The province as a whole: what belongs to no unit below it (the audit, the tree, who may do what)."""
    ROLE = "role"
    """Nobody's in particular (the schemes, the catalogue of reports): having the role is enough."""


@dataclass(frozen=True)
class Rule:
    """Which roles may do one action, and what it is over."""

    action: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    over: Over = Over.REACH


def is_whole(grant: Grant) -> bool:
    """Whether a grant names what its role must be over, and at most one such thing; another reaches nothing.

    A core teacher has classes, a lecturer an audience, a head or a district's officer a unit: without these words a
    grant over "nothing named" would open the whole province to them. Over two things at once a list and a single
    object could not be decided alike.
    """
    if sum(part is not None for part in (grant.unit_id, grant.class_id, grant.audience)) > 1:
        return False
    match grant.role:
        case Role.CORE_TEACHER:
            return grant.class_id is not None
        case Role.INSTITUTION_LECTURER:
            return grant.audience is not None
        case Role.SCHOOL_HEAD | Role.DISTRICT_OFFICER:
            return grant.unit_id is not None
        case _:
            return True


def covers(grant: Grant, principal: Principal, resource: Resource) -> bool:
    """Whether one grant reaches a resource. An officer's grant over nothing named reaches the whole province."""
    if grant.role is Role.LEARNER:
        return principal.person_id is not None and principal.person_id == resource.person_id
    if not is_whole(grant):
        return False
    if grant.class_id is not None and grant.class_id != resource.class_id:
        return False
    if grant.audience is not None and grant.audience != resource.audience:
        return False
    return grant.unit_id is None or grant.unit_id in resource.unit_path


def allowed(principal: Principal, rule: Rule, resource: Resource | None = None) -> bool:
    """The one decision: a grant of a role that the rule names, reaching the resource.

    None is the action as such: over a province it is asked of the province, else the role is enough to ask.
    """
    grants = [grant for grant in principal.grants if grant.role in rule.roles]
    if resource is None and rule.over is Over.PROVINCE:
        if principal.province_id is None:
            return False
        resource = Resource(unit_path=(principal.province_id,))
    if resource is None:
        return bool(grants)
    return any(covers(grant, principal, resource) for grant in grants)


@dataclass(frozen=True)
class Reach:
    """What grants reach as SQL asks it of a list: everything, or units and below, classes, audiences, herself."""

    everything: bool
    units: tuple[UUID, ...] = ()
    classes: tuple[UUID, ...] = ()
    audiences: tuple[str, ...] = ()
    person: UUID | None = None

    def parameters(self) -> dict[str, object]:
        """The values of a statement that names `everything`, `units`, `classes`, `audiences`, `person`."""
        return {
            "everything": self.everything,
            "units": list(self.units),
            "classes": list(self.classes),
            "audiences": list(self.audiences),
            "person": self.person,
        }


EVERYTHING = Reach(everything=True)


def reach_of(principal: Principal, rule: Rule) -> Reach:
    """The one decision for a whole list at once."""
    grants = [grant for grant in principal.grants if grant.role in rule.roles and is_whole(grant)]
    others = [grant for grant in grants if grant.role is not Role.LEARNER]
    # A unit path begins with the province, so a grant over the province's unit is one over nothing named.
    whole = (None, principal.province_id)
    return Reach(
        everything=any(g.unit_id in whole and g.class_id is None and g.audience is None for g in others),
        units=tuple(g.unit_id for g in others if g.unit_id),
        classes=tuple(g.class_id for g in others if g.class_id),
        audiences=tuple(g.audience for g in others if g.audience),
        person=principal.person_id if len(others) < len(grants) else None,
    )
