"""Who calls: every role over everything it may be held over, and what each should reach, told without the code's own
decision: by the tree, the class, the audience, the person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from shared.identity import Grant, Role
from tests.matrix.provinces import TREE, Learner, Province


class Thing(StrEnum):
    """What a route is about, hence by what somebody reaches it."""

    ENROLMENT = "enrolment"
    """A learner's: by unit, class, audience, or being her."""
    PERSON = "person"
    """By unit, or being her; a class or an audience has no persons in the roster."""
    UNIT = "unit"
    """By unit alone."""
    CLASS = "class"
    """By one of its learners' units, by the class itself, by its audience."""
    PROVINCE = "province"
    """By a grant over the whole province."""
    VENDOR = "vendor"
    """A source's: by its vendor's unit, hence by the whole province alone where it names none."""
    CATALOGUE = "catalogue"
    """By the role, whatever it is over."""


@dataclass(frozen=True)
class Seat:
    """A role over a place of our province, over a class or an audience; a learner's is over herself."""

    role: Role
    place: str | None = None
    klass: str | None = None
    audience: str | None = None
    herself: Learner | None = None
    named: bool = True
    """Whether the grant names its unit; an officer's over the province may name nothing."""

    def __str__(self) -> str:
        over = self.place or ("a class" if self.klass else self.audience or "herself")
        return f"{self.role}@{over}"

    @property
    def whole(self) -> bool:
        """Whether it is over the whole province."""
        return self.place == "P"

    def grant(self, ours: Province) -> Grant:
        """As the gateway's token carries it."""
        unit = UUID(ours.at(self.place).unit) if self.place is not None and self.named else None
        klass = UUID(self.klass) if self.klass else None
        return Grant(role=self.role, unit_id=unit, class_id=klass, audience=self.audience)

    def person(self, ours: Province) -> UUID:
        """Who sits on it: a learner, or somebody who studies nothing."""
        return UUID(self.herself.person) if self.herself else uuid5(ours.world.province_id, str(self))

    def reaches(self, thing: Thing, target: Learner, ours: Province) -> bool:
        """Whether the seat should reach what hangs on the target."""
        if target.province != ours.name:
            return False
        match thing:
            case Thing.CATALOGUE:
                return True
            case Thing.PROVINCE | Thing.VENDOR:
                return self.whole
            case Thing.UNIT:
                return self._over(target.place)
            case Thing.PERSON:
                return self._over(target.place) or target == self.herself or self._same_person(target)
            case Thing.ENROLMENT:
                return self._over(target.place) or self._studies(target) or self._same_person(target)
            case Thing.CLASS:
                mates = [one for one in ours.learners if one.klass == target.klass]
                return any(self._over(one.place) for one in mates) or self._studies(target)

    def relation(self, target: Learner, ours: Province) -> str:
        """How the target lies from the seat: own, child, parent, sibling, other province."""
        if target.province != ours.name:
            return "other province"
        if self.place is None:
            own = target.klass == self.klass or target.audience == self.audience or self._same_person(target)
            return "own" if own else "sibling"
        if target.place == self.place:
            return "own"
        if self.place in above(target.place):
            return "child"
        return "parent" if target.place in above(self.place) else "sibling"

    def _over(self, place: str) -> bool:
        return self.place is not None and (place == self.place or self.place in above(place))

    def _studies(self, target: Learner) -> bool:
        return target.klass == self.klass or target.audience == self.audience

    def _same_person(self, target: Learner) -> bool:
        return self.herself is not None and self.herself.person == target.person


def above(place: str) -> list[str]:
    """The units over a unit, the nearest first."""
    up = TREE[place]
    return [] if up is None else [up, *above(up)]


def seats(ours: Province) -> list[Seat]:
    """All roles. Those of the office also over a district, where a province grants it so; the auditor by audience."""
    learner = ours.at("S1")
    office = (Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER, Role.AUDITOR, Role.OPERATOR)
    found = [Seat(role, place) for role in office for place in ("P", "D1")]
    found += [
        Seat(Role.PROVINCE_OFFICER, "P", named=False),
        Seat(Role.AUDITOR, audience="teachers"),
        Seat(Role.DEPARTMENT_LEADER, klass=learner.klass),
        Seat(Role.DISTRICT_OFFICER, "D1"),
        Seat(Role.SCHOOL_HEAD, "S1"),
        Seat(Role.CORE_TEACHER, klass=learner.klass),
        Seat(Role.INSTITUTION_LECTURER, audience="teachers"),
        Seat(Role.LEARNER, herself=learner),
        Seat(Role.VENDOR, "P"),
    ]
    assert {seat.role for seat in found} == set(Role)
    return found
