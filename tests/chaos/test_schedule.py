"""The schedule: what short runs hold, drawn from the seed alone."""

from __future__ import annotations

from tests.chaos import schedule
from tests.chaos.faults import FAULTS, VICTIMS
from tests.chaos.test_chaos import SECONDS, SEEDS


def test_every_fault_has_a_victim_and_a_duration() -> None:
    assert set(schedule.LASTS_S) == set(VICTIMS) == set(FAULTS)


def test_three_short_runs_hold_every_fault_between_them() -> None:
    runs = [schedule.plan(seed, SECONDS, VICTIMS) for seed in SEEDS]

    assert {one.fault for run in runs for one in run} == set(FAULTS)
    assert all(len(run) >= 3 for run in runs)


def test_a_fault_too_long_for_the_run_is_left_out() -> None:
    run = schedule.plan(3, 30.0, VICTIMS)

    assert "F-11" not in {one.fault for one in run}
    assert all(one.for_s in schedule.LASTS_S[one.fault] for one in run)


def test_a_seed_draws_the_same_run_again() -> None:
    assert schedule.plan(34, SECONDS, VICTIMS) == schedule.plan(34, SECONDS, VICTIMS)
