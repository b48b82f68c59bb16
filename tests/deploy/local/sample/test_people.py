"""Who the sample's people are: exact counts, unique identities, stated proportions."""

import unicodedata
from collections import Counter

import pytest

from deploy.local.sample.names import HARD_CASES
from deploy.local.sample.people import DEPUTY, HEAD
from deploy.local.sample.plan import PRIMARY_GENERAL, PRIMARY_MANAGERS
from deploy.local.sample.proportions import NOT_PASSING, Proportions, Quirk, Story, count_of
from deploy.local.sample.province import Province, build


def test_the_province_has_the_plans_persons_and_enrolments(province: Province) -> None:
    assert len(province.persons) == 9_935
    assert len(province.enrolments) == 10_365
    assert [e.index for e in province.enrolments] == list(range(10_365))
    counted = Counter(e.course.code for e in province.enrolments)
    assert counted == {course.code: course.learners for course in province.courses}


def test_the_430_primary_managers_are_the_only_persons_enrolled_twice(province: Province) -> None:
    courses: dict[int, list[str]] = {}
    for enrolment in province.enrolments:
        courses.setdefault(enrolment.person.number, []).append(enrolment.course.code)
    twice = [codes for codes in courses.values() if len(codes) > 1]
    assert len(courses) == 9_935
    assert twice == [[PRIMARY_MANAGERS, PRIMARY_GENERAL]] * 430


def test_the_same_seed_gives_the_same_province_and_another_seed_another(province: Province) -> None:
    assert build() == province
    other = build(seed=7)
    assert len(other.persons) == 9_935
    assert [p.name for p in other.persons] != [p.name for p in province.persons]


def test_accounts_identity_numbers_and_phones_are_unique(province: Province) -> None:
    accounts = [a for p in province.persons for a in (p.account, p.other_account) if a is not None]
    assert len(set(accounts)) == len(accounts)
    assert all(account.endswith("@longan.edu.vn") for account in accounts)
    assert len({p.cccd for p in province.persons}) == 9_935
    assert len({p.phone for p in province.persons}) == 9_935


def test_identity_numbers_carry_province_sex_and_birth_year(province: Province) -> None:
    for person in province.persons:
        assert len(person.cccd) == 12
        assert person.cccd.isdigit()
        assert person.cccd[:3] == "080"
        assert person.cccd[3] == ("0" if person.male else "1")
        assert person.cccd[4:6] == f"{person.birth_date:%y}"


def test_names_are_nfc_varied_and_include_the_hard_cases(province: Province) -> None:
    drawn = [p.name for p in province.persons]
    assert all(unicodedata.is_normalized("NFC", name) for name in drawn)
    assert {name for name, _ in HARD_CASES} <= set(drawn)
    assert len(set(drawn)) > 5_000


def test_every_school_has_exactly_one_head_and_managers_work_where_their_level_is(province: Province) -> None:
    heads = Counter(p.school.code for p in province.persons if p.position == HEAD)
    schools = [school for level in province.tree.schools.values() for school in level]
    assert heads == {school.code: 1 for school in schools}
    assert sum(p.position in (HEAD, DEPUTY) for p in province.persons) == 810
    assert all(p.account is not None for p in province.persons if p.position == HEAD)
    for person in province.persons:
        assert person.school in province.tree.schools[person.level]


def test_stories_and_quirks_occur_in_the_stated_proportions(province: Province) -> None:
    stated = Proportions()
    persons: dict[Story, set[int]] = {}
    for enrolment in province.enrolments:
        persons.setdefault(enrolment.story, set()).add(enrolment.person.number)
    of_enrolments = Counter(e.story for e in province.enrolments)
    for story in Story:
        if story in (Story.NO_ACCOUNT, Story.NEVER_LOGS_IN):
            assert len(persons[story]) == count_of(getattr(stated, story), 9_935)
        elif story is not Story.STEADY:
            assert of_enrolments[story] == count_of(getattr(stated, story), 10_365)
    quirks = Counter(q for e in province.enrolments for q in e.quirks)
    assert quirks == {quirk: count_of(getattr(stated, quirk), 10_365) for quirk in Quirk}
    assert sum(p.account is None for p in province.persons) == count_of(stated.no_account, 9_935)
    assert sum(p.other_account is not None for p in province.persons) == count_of(stated.second_account, 9_935)
    assert sum(e.story not in NOT_PASSING for e in province.enrolments) / 10_365 > 0.95


@pytest.mark.parametrize("people", [29, 58, 200, 1_000])
def test_a_small_province_keeps_heads_courses_and_counts(people: int) -> None:
    small = build(people=people)
    assert len(small.persons) == people
    assert {e.course.code for e in small.enrolments} == {course.code for course in small.courses}
    schools = [school for level in small.tree.schools.values() for school in level]
    assert sum(p.position == HEAD for p in small.persons) == len(schools) >= 3


def test_smooth_proportions_give_only_steady_learners() -> None:
    smooth = Proportions(**dict.fromkeys(Proportions.__slots__, 0))
    assert {e.story for e in build(people=300, proportions=smooth).enrolments} == {Story.STEADY}
