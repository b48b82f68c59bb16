"""Classes: the plan's numbers, even sizes, colleagues together."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.roster.domain.allocation import AllocationError, Candidate, dealt, half_up_classes, in_order, places

# Learners and classes as the plan of Long An prints them; the primary specialists are one row of four subjects.
PRINTED = [
    (3263, 65), (648, 13), (516, 10), (132, 3), (825, 17), (339, 7), (205, 4), (475, 10), (241, 5), (341, 7),
    (346, 7), (281, 6), (95, 2), (242, 5), (206, 4), (142, 3), (134, 3), (122, 3), (124, 3), (141, 3), (141, 3),
    (82, 2), (430, 10), (267, 6), (113, 2),
]  # fmt: skip


def test_half_up_reproduces_22_of_the_26_printed_rows() -> None:
    specialists = sum(half_up_classes(n) for n in (235, 63, 66, 150)) == 10
    wrong = [row for row in PRINTED if half_up_classes(row[0]) != row[1]]
    assert wrong == [(122, 3), (124, 3), (430, 10), (267, 6)]
    assert specialists
    assert len(PRINTED) + 1 - len(wrong) == 22


@given(st.integers(1, 6_000))
def test_half_up_keeps_classes_near_fifty(learners: int) -> None:
    classes = half_up_classes(learners)
    sizes = places([], classes, learners)
    assert sum(sizes) == learners
    assert max(sizes) - min(sizes) <= 1
    assert learners < 75 or 37 <= min(sizes) <= max(sizes) <= 75


@given(st.lists(st.integers(0, 80), min_size=1, max_size=20), st.integers(0, 10), st.integers(0, 500))
def test_newcomers_fill_the_emptiest_classes(existing: list[int], more: int, newcomers: int) -> None:
    taken = places(existing, len(existing) + more, newcomers)
    after = [had + t for had, t in zip([*existing, *([0] * more)], taken, strict=True)]
    assert sum(taken) == newcomers
    filled = [size for size, t in zip(after, taken, strict=True) if t]
    assert not filled or max(filled) <= min(after) + 1


def test_nobody_goes_nowhere() -> None:
    with pytest.raises(AllocationError):
        places([], 0, 1)
    with pytest.raises(AllocationError):
        dealt([1, 2, 3], [1, 1])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=300), st.integers(1, 6))
def test_a_school_is_split_at_a_cut_only(schools: list[int], classes: int) -> None:
    learners = [
        Candidate(UUID(int=n), f"{n:04d}", UUID(int=s), f"{s}", "", (), ("80", f"{s}"), "")
        for n, s in enumerate(schools)
    ]
    sizes = places([], classes, len(learners))
    runs = dealt(in_order(learners), sizes)
    assert [len(run) for run in runs] == sizes
    pieces = sum(len({c.unit_id for c in run}) for run in runs)
    assert pieces <= len(set(schools)) + classes - 1
