"""The sample's staff."""

from collections import Counter

from deploy.local.sample.province import Province
from deploy.local.sample.staff import staff


def test_staff_of_every_role_are_there_once_per_post(province: Province) -> None:
    members = staff(province)
    assert Counter(member.role for member in members) == {
        "province_officer": 2,
        "department_leader": 1,
        "district_officer": 15,
        "school_head": 300,
        "core_teacher": 213,
        "institution_lecturer": 6,
        "auditor": 1,
        "operator": 1,
        "vendor": 1,
    }
    assert len({member.account for member in members}) == len(members)
    assert [m.class_number for m in members if m.role == "core_teacher"] == list(range(1, 214))


def test_only_heads_are_also_learners(province: Province) -> None:
    learners = {person.account for person in province.persons}
    for member in staff(province):
        assert (member.account in learners) == (member.role == "school_head")


def test_staff_units_exist(province: Province) -> None:
    codes = {unit.code for unit in province.tree.units}
    assert {member.unit_code for member in staff(province)} <= codes
