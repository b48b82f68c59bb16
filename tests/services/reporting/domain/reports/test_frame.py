"""Rates, ranks and totals."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.reports import CATALOGUE
from services.reporting.domain.reports.frame import rolled_up
from services.reporting.domain.reports.rates import percent, ranks
from services.reporting.domain.seats import COUNTED


def test_the_plan_s_own_rate_prints_as_it_did_there() -> None:
    assert percent(22_119, 48_145) == "45.9"


def test_a_rate_is_rounded_half_up_and_nothing_divides_by_nothing() -> None:
    assert percent(1, 2000) == "0.1"
    assert percent(1, 2001) == "0.0"
    assert percent(7, 7) == "100.0"
    assert percent(0, 0) is None


def test_no_rate_of_any_report_mixes_what_it_counts() -> None:
    for report in CATALOGUE.values():
        counts = {figure.name: figure.counts for figure in report.figures}
        for rate in report.rates:
            assert counts[rate.numerator] == counts[rate.denominator]


def test_equal_rates_share_a_place_and_a_unit_without_denominator_has_none() -> None:
    a, b, c, d, e = (UUID(int=number) for number in range(5))
    assert ranks({a: (1, 2), b: (2, 4), c: (3, 4), d: (0, 0), e: (0, 9)}) == {c: 1, a: 2, b: 2, e: 4}


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3).map(lambda n: UUID(int=n)),
            st.integers(1, 3).map(lambda n: UUID(int=n)),
            st.tuples(*[st.integers(-5, 50)] * len(COUNTED)),
        )
    )
)
def test_the_whole_is_the_sum_of_its_units_and_of_its_offerings(
    cells: list[tuple[UUID, UUID, tuple[int, ...]]],
) -> None:
    whole, units, offerings = rolled_up(cells)
    for parts in (units, offerings):
        assert whole == tuple(sum(sums[i] for sums in parts.values()) for i in range(len(COUNTED)))
