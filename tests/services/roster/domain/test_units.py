"""The dated tree."""

from datetime import date
from uuid import UUID

import pytest

from services.roster.domain.units import Period, Tree, Unit, UnitChangeError, placed

ROOT, A, B, SCHOOL = (UUID(int=n) for n in range(1, 5))
START, DAY = date(2000, 1, 1), date(2025, 7, 1)


@pytest.fixture
def tree() -> Tree:
    one = Tree(ROOT, {ROOT: Unit(ROOT, (Period("80", "Long An", "province", None, START),))})
    one.establish(A, Period("80.01", "Huyện A", "district", ROOT, START))
    one.establish(B, Period("80.02", "Huyện B", "district", ROOT, START))
    one.establish(SCHOOL, Period("S1", "Trường 1", "school", A, START))
    return one


def test_a_merger_moves_what_is_below_and_the_past_stays(tree: Tree) -> None:
    tree.abolish(tree.units[A], DAY, tree.units[B])
    before, after = placed(tree.units.values(), date(2025, 6, 30)), placed(tree.units.values(), DAY)
    assert before[SCHOOL].path == (ROOT, A, SCHOOL)
    assert after[SCHOOL].path == (ROOT, B, SCHOOL)
    assert A not in after
    assert tree.units[A].succeeded_by == (B,)


def test_nothing_is_left_below_a_closed_unit(tree: Tree) -> None:
    with pytest.raises(UnitChangeError, match="successor"):
        tree.abolish(tree.units[A], DAY, None)


def test_establishing_again_changes_nothing_and_another_may_not_have_the_code(tree: Tree) -> None:
    tree.steps.clear()
    assert tree.establish(UUID(int=9), Period("S1", "Trường 1", "school", A, START)).unit_id == SCHOOL
    assert not tree.steps
    with pytest.raises(UnitChangeError, match="another unit"):
        tree.establish(UUID(int=9), Period("S1", "Trường khác", "school", B, START))


def test_a_unit_cannot_stand_below_itself_and_only_some_stand_alone(tree: Tree) -> None:
    with pytest.raises(UnitChangeError, match="below itself"):
        tree.move(tree.units[A], SCHOOL, DAY)
    with pytest.raises(UnitChangeError, match="needs a parent"):
        tree.establish(UUID(int=9), Period("X", "X", "school", None, START))
    tree.establish(UUID(int=9), Period("X", "X", "vendor", None, START))


def test_a_code_is_resolved_by_the_day(tree: Tree) -> None:
    tree.rename(tree.units[A], DAY, name="Xã A", code="NEW", kind=None)
    assert tree.by_code("80.01", date(2024, 1, 1)).unit_id == A
    assert tree.by_code("NEW", DAY).unit_id == A
    with pytest.raises(UnitChangeError):
        tree.by_code("80.01", DAY)
