"""Where core teacher and school differ, for whatever rows they wrote."""

from __future__ import annotations

from itertools import permutations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.roster.domain.forms import Form, Need, Stated, disagreements, is_due

PERSONS = [UUID(int=n) for n in range(1, 5)]
NEEDS = [need for need in Need if need is not Need.ADDITION]


@st.composite
def stated(draw: st.DrawFn) -> list[Stated]:
    rows = []
    for number in range(draw(st.integers(0, 8))):
        form = draw(st.sampled_from(list(Form)))
        person = None if form.adds else draw(st.sampled_from(PERSONS))
        name = draw(st.sampled_from(["tran thi moi", "le van sau"])) if form.adds else ""
        need = Need.ADDITION if form.adds else draw(st.sampled_from(NEEDS))
        rows.append(
            Stated(
                row_id=UUID(int=100 + number), form=form, need=need, person_id=person, search_key=name, birth_date=None
            )
        )
    return rows


@given(stated())
def test_a_person_is_in_dispute_exactly_where_the_needs_of_both_sides_differ(rows: list[Stated]) -> None:
    said: dict[object, dict[bool, set[Need]]] = {}
    for row in rows:
        said.setdefault((row.form.adds, row.who), {True: set(), False: set()})[row.form.of_class].add(row.need)
    differ = sum(sides[True] != sides[False] for sides in said.values())
    found = disagreements(rows)
    assert len(found) == differ
    for one in found:
        assert all(row.form.of_class for row in one.core_team)
        assert not any(row.form.of_class for row in one.school)
        assert (one.kind == "core_team_only") == (not one.school)
        assert (one.kind == "school_only") == (not one.core_team)


@given(stated().filter(lambda rows: len(rows) <= 4))
def test_the_order_of_rows_does_not_matter(rows: list[Stated]) -> None:
    kinds = {tuple(sorted(one.kind for one in disagreements(order))) for order in permutations(rows)}
    assert len(kinds) == 1


def test_additions_have_forms_of_their_own() -> None:
    assert {(form, need) for form in Form for need in Need if is_due(form, need)} == {
        *((form, need) for form in (1, 3) for need in NEEDS), (2, Need.ADDITION), (4, Need.ADDITION),
    }  # fmt: skip
