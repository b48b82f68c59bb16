"""The tree of a day, whatever the order in which units came."""

from __future__ import annotations

import random
from datetime import date
from uuid import UUID

from services.reporting.domain.units import Period, Tree, Unit, bucket

LONG_AN, TAN_AN, BEN_LUC, A, B, C = (UUID(int=number) for number in range(1, 7))
EARLY, MERGED, LATER = date(2000, 1, 1), date(2025, 7, 1), date(2026, 1, 1)


def period(code: str, kind: str, parent: UUID | None, since: date = EARLY, until: date | None = None) -> Period:
    return Period(code=code, name=code, kind=kind, parent_id=parent, valid_from=since, valid_to=until)


UNITS = [
    Unit(LONG_AN, (period("80", "province", None),)),
    Unit(TAN_AN, (period("80.01", "district", LONG_AN, EARLY, MERGED),), (BEN_LUC,)),
    Unit(BEN_LUC, (period("80.02", "district", LONG_AN),)),
    Unit(A, (period("80.01.A", "school", TAN_AN, EARLY, MERGED), period("80.02.A", "school", BEN_LUC, MERGED))),
    Unit(B, (period("80.01.B", "school", TAN_AN, EARLY, MERGED),), (A,)),
    Unit(C, (period("80.T.C", "school", LONG_AN),)),
]


def test_children_come_by_code_and_only_those_that_stand_on_the_day() -> None:
    then, today = Tree(UNITS, date(2020, 12, 1)), Tree(UNITS, LATER)
    assert then.children(LONG_AN) == [TAN_AN, BEN_LUC, C]
    assert today.children(LONG_AN) == [BEN_LUC, C]
    assert then.children(TAN_AN) == [A, B]
    assert today.children(BEN_LUC) == [A]
    assert then.siblings(TAN_AN) == [TAN_AN, BEN_LUC]
    assert then.siblings(C) == [C]
    assert then.siblings(LONG_AN) == [LONG_AN]


def test_people_of_a_unit_merged_away_count_at_its_successor_and_its_scope_goes_there() -> None:
    today = Tree(UNITS, LATER)
    assert today.home(B) == (LONG_AN, BEN_LUC, A)
    assert today.path(B) == (LONG_AN, BEN_LUC, A, B)
    assert today.path(TAN_AN) == (LONG_AN, BEN_LUC, TAN_AN)
    assert Tree(UNITS, date(2020, 12, 1)).home(B) == (LONG_AN, TAN_AN, B)


def test_the_order_of_arrival_makes_no_difference_and_a_parent_not_yet_heard_of_ends_the_path() -> None:
    shuffled = UNITS[:]
    random.Random(7).shuffle(shuffled)
    assert all(Tree(shuffled, LATER).path(unit.id) == Tree(UNITS, LATER).path(unit.id) for unit in UNITS)
    orphan = Tree([UNITS[3]], LATER)
    assert orphan.path(A) == (BEN_LUC, A)
    assert orphan.named(BEN_LUC) is None


def test_units_that_name_each_other_do_not_run_in_a_circle() -> None:
    circle = Tree([Unit(A, (period("A", "school", B),)), Unit(B, (period("B", "school", A),))], LATER)
    assert circle.path(A) == (B, A)


def test_a_unit_is_found_by_id_or_by_its_code_on_the_day() -> None:
    assert Tree(UNITS, date(2020, 12, 1)).find("80.01.A") == A
    assert Tree(UNITS, LATER).find("80.01.A") is None
    assert Tree(UNITS, LATER).find(str(B)) == B
    assert Tree(UNITS, LATER).find(str(UUID(int=99))) is None


def test_a_path_counts_in_the_row_below_the_asked_unit_or_at_the_unit_itself() -> None:
    path = (LONG_AN, TAN_AN, A)
    assert bucket(path, LONG_AN) == TAN_AN
    assert bucket(path, TAN_AN) == A
    assert bucket(path, A) == A
    assert bucket(path, BEN_LUC) is None
    assert bucket(path, None) == LONG_AN
