"""I5 can fail: each figure told otherwise by one service is named with the enrolment and both values."""

from __future__ import annotations

import pytest

from tests.chaos import facts
from tests.chaos.counted import ANSWERED
from tests.chaos.figures import COUNTED
from tests.chaos.history import History
from tests.chaos.invariants.totals import TOLD_BY, totals_agree
from tests.chaos.world import GRANT, LEARNER, PROVINCE, World

WITHDRAWN = """
    INSERT INTO pass_withdrawal (province_id, enrolment_id, list_id, by_account, reason, at, recorded_at)
    SELECT province_id, enrolment_id, list_id, 'a', 'r', now(), now() FROM recognition_row
"""
REFUSED = """
    INSERT INTO verdict (province_id, id, enrolment_id, gate, met, reason, by_account, by_person, at, recorded_at)
    SELECT province_id, gen_random_uuid(), enrolment_id, gate, false, 'r', 'a', id, now(), now()
    FROM verdict WHERE gate = 'institution'
"""


@pytest.mark.parametrize(
    ("service", "spoiled", "named"),
    [
        ("grading", "UPDATE enrolment SET status = 'withdrawn'", "enrolments: roster says True, grading says False"),
        ("roster", "UPDATE enrolment SET first_login_at = NULL", "logged_in: grading says True, roster says False"),
        ("reporting", "UPDATE seat SET first_login_at = NULL", "logged_in: grading says True, reporting says False"),
        ("grading", "UPDATE enrolment SET certificate = '[]'", "certified: certificates says True, grading says False"),
        ("certificates", "DELETE FROM candidate", "approved: grading says True, certificates says False"),
        (
            "grading",
            "UPDATE enrolment SET result = replace(convert_from(result, 'UTF8'), 'met', 'refused')::bytea",
            "lms_met: grading says False, reporting says True",
        ),
        (
            "grading",
            WITHDRAWN,
            "approved: grading says False, reporting says True",
        ),
        (
            "grading",
            REFUSED,
            "institution_met: grading says False, reporting says True",
        ),
        *(
            (
                "reporting",
                f"DELETE FROM movement WHERE figure = '{figure}'",
                f"{figure}: {TOLD_BY[figure][0]} says True, reporting says False",
            )
            for figure in COUNTED
        ),
    ],
)
async def test_a_figure_that_a_service_tells_otherwise_breaks_i5(
    world: World, told: History, service: str, spoiled: str, named: str
) -> None:
    await world.sql(service, spoiled)
    figure, says = named.split(": ", 1)
    assert f"{figure} of enrolment {LEARNER}: {says}" in (await world.broken(told))["I5"]


@pytest.mark.parametrize("table", ["standing", "daily_delta"])
@pytest.mark.parametrize("figure", COUNTED)
async def test_a_sum_that_is_not_that_of_the_rows_breaks_i5(
    world: World, told: History, table: str, figure: str
) -> None:
    await world.sql("reporting", f"UPDATE {table} SET {figure} = {figure} + 2")
    assert (await world.broken(told))["I5"] == [f"{figure}: {TOLD_BY[figure][0]} counts 1, reporting's {table} 3"]


@pytest.mark.parametrize("figure", ANSWERED)
async def test_an_answer_that_is_not_the_sum_of_the_rows_breaks_i5(world: World, figure: str) -> None:
    found = (await facts.read(world.owners, sealed_within_s=0)).figures
    found.answered = ANSWERED | {figure: 4}
    (sentence,) = totals_agree(found)
    assert sentence.endswith("counts 1, the report answers 4")
    assert sentence.startswith(f"{figure}: ")
    found.answered = {}
    assert len(totals_agree(found)) == len(ANSWERED)


async def test_a_withdrawn_enrolment_counts_nowhere_and_one_that_reporting_still_counts_breaks_i5(
    world: World, told: History
) -> None:
    await world.sql("roster", "UPDATE enrolment SET withdrawn_at = now()")
    broken = (await world.broken(told))["I5"]
    assert f"enrolments of enrolment {LEARNER}: roster says False, reporting says True" in broken
    assert not any(one.startswith("certified of enrolment") for one in broken)


async def test_an_enrolment_that_roster_does_not_hold_breaks_i5(world: World, told: History) -> None:
    await world.sql("reporting", "INSERT INTO seat (province_id, seat_id) VALUES ($1, $2)", PROVINCE, GRANT)
    assert await world.broken(told) == {}
    moved = "INSERT INTO movement (province_id, seat_id, figure, at, delta) VALUES ($1, $2, 'enrolments', now(), 1)"
    await world.sql("reporting", moved, PROVINCE, GRANT)
    assert (await world.broken(told))["I5"] == [
        f"enrolments of enrolment {GRANT}: roster says False, reporting says True"
    ]
