"""The plan's rows, and smaller provinces of the same shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.sample.plan import PLAN, PRIMARY_GENERAL, PRIMARY_MANAGERS, persons, scaled, shared_out


def test_the_plan_adds_up_to_its_own_totals() -> None:
    assert len(PLAN) == 29
    assert sum(course.learners for course in PLAN) == 10_365
    assert sum(course.classes for course in PLAN) == 213
    assert persons(PLAN) == 9_935
    assert len({course.code for course in PLAN}) == 29
    assert len({(course.subject, course.level) for course in PLAN}) == 29
    assert all(course.periods == 40 for course in PLAN)


@pytest.mark.parametrize(
    ("prefix", "learners", "classes"),
    [
        ("CBQL-TH-", [430], [10]),
        ("CBQL-THCS-", [267], [6]),
        ("CBQL-THPT-", [113], [2]),
        ("GV-TH-", [3263, 235, 63, 66, 150], [65, 5, 1, 1, 3]),
        ("GV-THCS-", [648, 516, 132, 825, 339, 205, 475, 241, 341], [13, 10, 3, 17, 7, 4, 10, 5, 7]),
        (
            "GV-THPT-",
            [346, 281, 95, 242, 206, 142, 134, 122, 124, 141, 141, 82],
            [7, 6, 2, 5, 4, 3, 3, 3, 3, 3, 3, 2],
        ),
    ],
)
def test_each_group_has_the_printed_learners_and_classes(prefix: str, learners: list[int], classes: list[int]) -> None:
    rows = [course for course in PLAN if course.code.startswith(prefix)]
    assert [course.learners for course in rows] == learners
    assert [course.classes for course in rows] == classes


@given(st.integers(min_value=29, max_value=30_000))
def test_a_scaled_province_has_exactly_the_people_asked_for(people: int) -> None:
    courses = scaled(people)
    assert [course.code for course in courses] == [course.code for course in PLAN]
    assert persons(courses) == people
    assert min(course.learners for course in courses) >= (2 if people >= 58 else 1)
    by_code = {course.code: course.learners for course in courses}
    assert by_code[PRIMARY_GENERAL] > by_code[PRIMARY_MANAGERS]
    if people != 9_935:
        assert all(course.classes == max(1, (course.learners + 25) // 50) for course in courses)


def test_scaling_to_the_plans_own_size_gives_the_plan_with_its_printed_classes() -> None:
    assert scaled(9_935) == PLAN


def test_fewer_people_than_courses_are_refused() -> None:
    with pytest.raises(ValueError, match="29 persons"):
        scaled(28)


@given(st.integers(0, 10_000), st.lists(st.integers(1, 500), min_size=1, max_size=20))
def test_sharing_out_loses_nothing_and_stays_within_one_of_the_exact_share(total: int, weights: list[int]) -> None:
    shares = shared_out(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)
