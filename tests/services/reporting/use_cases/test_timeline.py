"""The report `timeline` through HTTP: each day's figures are those of `progress` as of that day's end."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.reporting.use_cases.asking import MOST_DAYS
from shared.events.envelope import State
from tests.services.reporting.conftest import Ask
from tests.services.reporting.said import certificate, days, enrolment, person, result, uid
from tests.services.reporting.use_cases.test_reports import D1, PATHS, UNITS, A, B, C, T, province, say

TIMELINE = "/api/v1/reports/timeline"


async def test_a_small_province_by_day(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    document = (await ask(TIMELINE)).json()
    assert (document["report"], document["from"], document["to"]) == ("timeline", "2020-08-01", "2020-08-31")
    assert document["as_of"] == "2020-08-31T16:59:59.999999Z"
    by_day = {row["day"]: row["figures"] for row in document["days"]}
    assert len(by_day) == len(document["days"]) == 31
    first, withdrawn, last = by_day["2020-08-01"], by_day["2020-08-11"], by_day["2020-08-31"]
    assert (first["persons"], first["enrolments"], first["classes"], first["logged_in"]) == (4, 6, 3, 0)
    assert (by_day["2020-08-10"]["enrolments"], withdrawn["enrolments"]) == (6, 5)
    # The third class had one seat, which was withdrawn with its person.
    assert (withdrawn["persons"], withdrawn["classes"], withdrawn["logged_in"]) == (3, 2, 2)
    assert [by_day[f"2020-08-0{day}"]["logged_in"] for day in range(1, 7)] == [0, 1, 1, 2, 3, 3]
    assert (by_day["2020-08-30"]["certified"], last["certified"]) == (0, 1)


async def test_every_day_equals_the_progress_of_that_day(worker: AsyncEngine, ask: Ask) -> None:
    rng = random.Random(11)
    states: list[State] = [*UNITS, person(uid(2, 7), uid(2, 8)), person(uid(2, 9), uid(2, 7))]
    for number in range(1, 60):
        path = PATHS[rng.choice([A, B, C, T, D1])]
        since = days(rng.uniform(0, 6))
        gone = since + timedelta(days=rng.uniform(0, 25)) if rng.random() < 0.4 else None
        holder = uid(2, rng.randint(1, 30))
        account = since + timedelta(days=rng.uniform(-5, 9)) if rng.random() < 0.7 else None
        states.append(
            enrolment(
                number,
                path,
                offering=rng.randint(1, 3),
                person_id=holder,
                class_number=rng.randint(1, 6),
                enrolled_at=since,
                withdrawn_at=gone,
                account_since=account,
            )
        )
        figures = rng.sample(["studying", "submitted", "graded", "lms_met", "missing"], rng.randint(0, 5))
        states.append(result(number, path, [(figure, days(rng.uniform(0, 25)), 1) for figure in figures]))
        if rng.random() < 0.3:
            states.append(certificate(number, number, days(rng.uniform(20, 26))))
    await say(worker, states)
    for query in ({}, {"unit": "80.01"}, {"offering": "C2"}, {"structure": "today", "unit": "80.02"}):
        document = (await ask(TIMELINE, **query, **{"from": "2020-07-30", "to": "2020-08-27"})).json()
        assert len(document["days"]) == 29
        for row in document["days"]:
            progress = (await ask(as_of=row["day"], **query)).json()
            assert row["figures"] == progress["figures"], (query, row["day"])


async def test_the_last_day_is_as_of_the_instant_and_the_days_before_it_whole(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    moment = days(3) - timedelta(microseconds=1)
    document = (await ask(TIMELINE, as_of=moment.isoformat(), to="2021-01-01")).json()
    assert document["to"] == "2020-08-04"
    assert document["days"][-1]["figures"]["studying"] == 1
    assert document["days"][-1]["figures"] == (await ask(as_of=moment.isoformat())).json()["figures"]


@pytest.mark.parametrize(
    "wrong",
    [{"from": "2020-08-09", "to": "2020-08-08"}, {"from": "2001-01-01", "to": "2020-08-08"}, {"from": "2031-01-01"}],
)
async def test_days_the_wrong_way_round_or_too_many_are_refused(
    worker: AsyncEngine, ask: Ask, wrong: dict[str, str]
) -> None:
    await say(worker, province())
    assert (await ask(TIMELINE, **wrong)).status_code == 422


async def test_a_course_of_many_years_shows_its_newest_days_where_no_first_one_is_named(
    worker: AsyncEngine, ask: Ask
) -> None:
    await say(worker, [*province(), certificate(2, 2, days(3_000))])
    late = days(3_001)
    document = (await ask(TIMELINE, now=late)).json()
    assert len(document["days"]) == MOST_DAYS
    assert document["days"][-1]["figures"] == (await ask(now=late)).json()["figures"]


async def test_nobody_ever_enrolled_is_no_day(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, UNITS)
    document = (await ask(TIMELINE)).json()
    assert (document["days"], document["from"], document["to"]) == ([], None, None)


async def test_the_file_has_a_row_a_day_with_the_same_numbers(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    document = (await ask(TIMELINE, unit="80.01")).json()
    answer = await ask(TIMELINE, unit="80.01", format="csv")
    header, *lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert header[0] == "Ngày"
    assert len(lines) == len(document["days"])
    for line, row in zip(lines, document["days"], strict=True):
        assert line == [f"{date.fromisoformat(row['day']):%d/%m/%Y}", *(str(n) for n in row["figures"].values())]
    assert (await ask(TIMELINE, unit="80.01", format="xlsx")).content.startswith(b"PK")
