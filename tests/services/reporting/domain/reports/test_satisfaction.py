"""Which rows keep their answers to themselves."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.reports.satisfaction import FEWEST, hidden


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ([0, 9, 20], []),
        ([4, 9, 20], [0, 1]),  # or the total less the others would tell the four
        ([4, 3, 20], [0, 1]),
        ([1, 5, 6], [0, 1]),
        ([2], [0]),
    ],
)
def test_too_few_are_hidden_with_what_would_tell_them(answered: list[int], expected: list[int]) -> None:
    rows = {UUID(int=place): number for place, number in enumerate(answered)}
    assert hidden(rows) == {UUID(int=place) for place in expected}


@given(st.lists(st.integers(0, 12), max_size=8))
def test_what_is_hidden_is_never_so_few_together_where_anything_else_is_shown(answered: list[int]) -> None:
    rows = {UUID(int=place): number for place, number in enumerate(answered)}
    found = hidden(rows)
    shown = [number for row, number in rows.items() if row not in found and number]
    assert all(number >= FEWEST for number in shown)
    if found and shown:
        assert sum(rows[row] for row in found) >= FEWEST
