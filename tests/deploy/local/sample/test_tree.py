"""The units of 2020."""

from collections import Counter

from deploy.local.sample.province import Province
from deploy.local.sample.tree import DISTRICTS, INSTITUTIONS


def test_the_tree_has_one_province_fifteen_districts_and_three_hundred_schools(province: Province) -> None:
    assert Counter(unit.kind for unit in province.tree.units) == {
        "province": 1,
        "district": 15,
        "school": 300,
        "institution": 2,
        "vendor": 1,
    }
    assert len({unit.code for unit in province.tree.units}) == 319


def test_upper_secondary_schools_stand_under_the_department_and_the_others_under_districts(
    province: Province,
) -> None:
    districts = {district.code for district in DISTRICTS}
    schools = province.tree.schools
    assert {school.parent_code for school in schools["upper_secondary"]} == {"80"}
    assert len(schools["upper_secondary"]) == 45
    for level in ("primary", "lower_secondary"):
        assert {school.parent_code for school in schools[level]} == districts


def test_parents_come_before_children_and_institutions_have_none(province: Province) -> None:
    seen: set[str] = set()
    for unit in province.tree.units:
        assert unit.parent_code is None or unit.parent_code in seen
        seen.add(unit.code)
    assert {audience: unit.code for audience, unit in INSTITUTIONS.items()} == {
        "managers": "HVQLGD",
        "teachers": "DHSPTPHCM",
    }


def test_school_names_are_unique_within_a_level(province: Province) -> None:
    for schools in province.tree.schools.values():
        assert len({school.name for school in schools}) == len(schools)
