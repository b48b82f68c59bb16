"""The sample's staff as data: officers, heads, core teachers, lecturers, an auditor, an operator. All synthetic.

They act through the API like anyone else; which class a core teacher has is known once classes are allocated.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from deploy.local.sample import names
from deploy.local.sample.people import DOMAIN, HEAD, Person
from deploy.local.sample.plan import Audience
from deploy.local.sample.province import Province
from deploy.local.sample.tree import DISTRICTS, INSTITUTIONS, PROVINCE_CODE, VENDOR

Role = Literal[
    "province_officer",
    "department_leader",
    "district_officer",
    "school_head",
    "core_teacher",
    "institution_lecturer",
    "auditor",
    "operator",
    "vendor",
]
LECTURERS_EACH: Final = 3


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A sample account with one role. `audience` bounds a lecturer, `class_number` (from 1) names a core teacher's."""

    account: str
    name: str
    birth_date: date
    role: Role
    unit_code: str
    audience: Audience | None = None
    class_number: int | None = None


def _member(
    seed: int,
    account: str,
    role: Role,
    unit_code: str,
    *,
    audience: Audience | None = None,
    class_number: int | None = None,
) -> StaffMember:
    rng = random.Random(f"{seed}:staff:{account}")
    return StaffMember(
        account=account,
        name=names.draw_name(rng, rng.random() < 0.5),
        birth_date=names.draw_birth_date(rng, 1965, 1990),
        role=role,
        unit_code=unit_code,
        audience=audience,
        class_number=class_number,
    )


def officers(seed: int) -> tuple[StaffMember, ...]:
    """Officers of province and districts, a leader, lecturers, an auditor, an operator, the vendor's engineer."""
    return (
        *(_member(seed, f"so.{n:02d}@{DOMAIN}", "province_officer", PROVINCE_CODE) for n in (1, 2)),
        _member(seed, f"lanhdao.01@{DOMAIN}", "department_leader", PROVINCE_CODE),
        *(
            _member(seed, f"phong.{n:02d}@{DOMAIN}", "district_officer", district.code)
            for n, district in enumerate(DISTRICTS, 1)
        ),
        *(
            _member(
                seed,
                f"giangvien.{unit.code.lower()}.{n:02d}@{DOMAIN}",
                "institution_lecturer",
                unit.code,
                audience=audience,
            )
            for audience, unit in INSTITUTIONS.items()
            for n in range(1, LECTURERS_EACH + 1)
        ),
        _member(seed, f"thanhtra.01@{DOMAIN}", "auditor", PROVINCE_CODE),
        _member(seed, f"vanhanh.01@{DOMAIN}", "operator", PROVINCE_CODE),
        _member(seed, f"kythuat.viettel@{DOMAIN}", "vendor", VENDOR.code),
    )


def heads(persons: Iterable[Person]) -> tuple[StaffMember, ...]:
    """The head of every school, by her own learner's account."""
    return tuple(
        StaffMember(person.account, person.name, person.birth_date, "school_head", person.school.code)
        for person in persons
        if person.position == HEAD and person.account is not None
    )


def core_teacher_account(class_number: int) -> str:
    """The account of the core teacher of a class; classes count from 1 over the whole province."""
    return f"cotcan.{class_number:03d}@{DOMAIN}"


def core_teachers(classes: int, seed: int) -> tuple[StaffMember, ...]:
    """A core teacher for each class number from 1 to `classes`."""
    return tuple(
        _member(seed, core_teacher_account(n), "core_teacher", PROVINCE_CODE, class_number=n)
        for n in range(1, classes + 1)
    )


def staff(province: Province) -> tuple[StaffMember, ...]:
    """All of them, with a core teacher for each planned class."""
    classes = sum(course.classes for course in province.courses)
    return (
        *officers(province.seed),
        *heads(province.persons),
        *core_teachers(classes, province.seed),
    )
