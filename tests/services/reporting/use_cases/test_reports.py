"""The report `progress` through HTTP: exact numbers of a small tree, scope, instants, files."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncEngine

from services.reporting.consumer import handlers
from services.reporting.domain.seats import COUNTED
from shared.applying import Applier
from shared.clock import new_id, utc_now
from shared.events.envelope import State
from shared.events.roster import Enrolment
from shared.identity import Grant, Role
from tests.services.reporting.said import PROVINCE, certificate, days, enrolment, person, raw, result, uid, unit

EARLY, MERGED = date(2000, 1, 1), date(2021, 7, 1)
D1, D2, A, B, C, T = (uid(1, number) for number in range(1, 7))

Ask = Callable[..., Awaitable[httpx.Response]]
UNITS = [
    unit(PROVINCE, "80", "province", (None, EARLY)),
    unit(D1, "80.01", "district", (PROVINCE, EARLY)),
    unit(D2, "80.02", "district", (PROVINCE, EARLY)),
    unit(A, "80.01.A", "school", (D1, EARLY)),
    unit(B, "80.01.B", "school", (D1, EARLY), until=MERGED, succeeded_by=[C]),
    unit(C, "80.02.C", "school", (D2, EARLY)),
    unit(T, "80.T", "school", (PROVINCE, EARLY)),
]
PATHS = {A: [PROVINCE, D1, A], B: [PROVINCE, D1, B], C: [PROVINCE, D2, C], T: [PROVINCE, T], D1: [PROVINCE, D1]}


def province() -> list[State]:
    """Six enrolments of five persons (2 and 6 were merged), one directly at the district, one withdrawn."""
    same = uid(2, 1)
    return [
        *UNITS,
        enrolment(1, PATHS[A], person_id=same),
        enrolment(2, PATHS[C], person_id=same, offering=2, class_number=2),
        enrolment(3, PATHS[B], account_since=None),
        enrolment(4, PATHS[D1]),
        enrolment(5, PATHS[T], withdrawn_at=days(10), offering=2, class_number=3),
        enrolment(6, PATHS[T], person_id=uid(2, 4)),
        person(uid(2, 4)),
        result(
            1,
            PATHS[A],
            [("logged_in", days(1), 1), ("studying", days(1), 1), ("graded", days(2), 1)],
            answers=(4, 4, 4),
        ),
        result(3, PATHS[B], [("studying", days(3), 1)], answers=(3, 3, 3)),
        result(5, PATHS[T], [("studying", days(4), 1)]),
        certificate(1, 1, days(30)),
    ]


async def say(worker: AsyncEngine, states: Sequence[State]) -> None:
    applier = Applier(worker, handlers(), utc_now, new_id)
    await applier.apply([raw(state) for state in states])


def child(document: dict[str, Any], unit_id: UUID) -> dict[str, Any]:
    found = [one for one in document["children"] if one["unit"]["id"] == str(unit_id)]
    assert len(found) == 1
    return dict(found[0])


def assert_adds_up(document: dict[str, Any]) -> None:
    for figure in COUNTED:
        parts = sum(one["figures"][figure] for one in document["children"]) + document["direct"]["figures"][figure]
        assert document["figures"][figure] == parts == sum(o["figures"][figure] for o in document["by_subject"])


async def test_a_small_province_has_exactly_its_numbers(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    answer = await ask()
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["unit"] == {"id": str(PROVINCE), "code": "80", "name": "Đơn vị 80", "kind": "province"}
    assert document["figures"] == {
        "persons": 3, "enrolments": 5, "classes": 2, "with_account": 2, "logged_in": 2, "studying": 2, "submitted": 0,
        "graded": 1, "lms_met": 0, "core_team_met": 0, "institution_met": 0, "approved": 0, "certified": 1,
        "missing": 0,
    }  # fmt: skip
    assert document["rank"] == {"of": 1}
    assert document["rates"]["logged_in"] == {"numerator": 2, "denominator": 3, "counts": "persons", "percent": "66.7"}
    assert [one["unit"]["code"] for one in document["children"]] == ["80.01", "80.02", "80.T"]
    first = child(document, D1)
    assert first["figures"]["persons"] == 3
    assert first["figures"]["enrolments"] == 3
    assert first["rank"] == {"logged_in": 1, "certified": 1, "of": 2}
    assert child(document, D2)["rank"] == {"logged_in": 2, "certified": 2, "of": 2}
    assert child(document, T)["rank"] == {"logged_in": 1, "certified": 1, "of": 1}
    assert [(o["course"], o["figures"]["enrolments"]) for o in document["by_subject"]] == [("C1", 4), ("C2", 1)]
    assert_adds_up(document)


async def test_what_sits_at_the_district_itself_is_shown_beside_its_schools(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    document = (await ask(unit="80.01")).json()
    assert document["direct"]["figures"]["enrolments"] == 1
    assert document["rank"] == {"logged_in": 1, "certified": 1, "of": 2}
    assert_adds_up(document)


async def test_merged_persons_count_once(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, [*province(), person(uid(2, 3), uid(2, 4))])
    assert (await ask()).json()["figures"]["persons"] == 2


async def test_as_of_reads_whole_days_instants_inside_a_day_and_dates_as_their_end(
    worker: AsyncEngine, ask: Ask
) -> None:
    await say(worker, province())

    async def studying(as_of: str) -> int:
        answer = await ask(as_of=as_of)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["figures"]["studying"])

    moment = days(3)  # 2020-08-04 09:00 in Vietnam
    assert await studying(moment.isoformat()) == 2
    assert await studying((moment - timedelta(microseconds=1)).isoformat()) == 1
    assert await studying("2020-08-03") == 1
    assert await studying("2020-08-04") == 2
    assert await studying("2020-08-04T09:00:00+07:00") == 2
    assert await studying("2020-08-04T08:59:59 07:00") == 1
    assert (await ask(as_of="2020-08-04")).json()["as_of"] == "2020-08-04T16:59:59.999999Z"
    assert (await ask(as_of="2020-07-01")).json()["figures"]["enrolments"] == 0
    for wrong in ("yesterday", "2020-13-01", "2020-08-04T09:00:00"):
        assert (await ask(as_of=wrong)).status_code == 400


async def test_structure_today_follows_a_merger_and_then_keeps_what_was(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    after = datetime(2021, 8, 1, tzinfo=UTC)
    then = (await ask(now=after)).json()
    today = (await ask(now=after, structure="today")).json()
    assert child(then, D1)["figures"]["enrolments"] == 3
    assert child(today, D1)["figures"]["enrolments"] == 2
    assert child(today, D2)["figures"]["enrolments"] == 2
    assert child((await ask(now=after, structure="today", unit="80.02")).json(), C)["figures"]["enrolments"] == 2
    assert_adds_up(today)


async def test_totals_equal_their_parts_at_any_instant(worker: AsyncEngine, ask: Ask) -> None:
    rng = random.Random(5)
    states: list[State] = list(UNITS)
    for number in range(1, 120):
        path = PATHS[rng.choice([A, B, C, T, D1])]
        gone = days(rng.uniform(0, 40)) if rng.random() < 0.2 else None
        since = days(rng.uniform(0, 5))
        states.append(enrolment(number, path, offering=rng.randint(1, 3), enrolled_at=since, withdrawn_at=gone))
        figures = ("studying", "submitted", "graded", "lms_met", "missing")
        states.append(result(number, path, [(figure, days(rng.uniform(0, 40)), 1) for figure in figures]))
        if rng.random() < 0.5:
            states.append(certificate(number, number, days(rng.uniform(20, 50))))
    await say(worker, states)
    for _ in range(12):
        as_of = days(rng.uniform(-1, 55))
        for asked in ("80", "80.01"):
            document = (await ask(unit=asked, as_of=as_of.isoformat())).json()
            assert_adds_up(document)
            seats = [state for state in states if isinstance(state, Enrolment)]
            expected = sum(
                (asked == "80" or D1 in seat.unit_path)
                and seat.enrolled_at <= as_of
                and (seat.withdrawn_at is None or seat.withdrawn_at > as_of)
                for seat in seats
            )
            assert document["figures"]["enrolments"] == expected


async def test_scope_is_a_unit_and_what_lies_below_and_everything_else_is_not_there(
    worker: AsyncEngine, ask: Ask
) -> None:
    await say(worker, province())
    officer = [Grant(role=Role.DISTRICT_OFFICER, unit_id=D1)]
    assert (await ask(grants=officer)).json()["unit"]["id"] == str(D1)
    assert (await ask(grants=officer, unit=str(A))).status_code == 200
    for foreign in (str(D2), str(C), "80", str(uid(9, 9)), "nowhere"):
        assert (await ask(grants=officer, unit=foreign)).status_code == 404
    head = [Grant(role=Role.SCHOOL_HEAD, unit_id=A), Grant(role=Role.DISTRICT_OFFICER, unit_id=D2)]
    assert (await ask(grants=head)).json()["unit"]["id"] == str(D2)
    after = datetime(2021, 8, 1, tzinfo=UTC)
    successor = [Grant(role=Role.SCHOOL_HEAD, unit_id=C)]
    assert (await ask(grants=successor, unit=str(B))).status_code == 404
    assert (await ask(grants=successor, unit=str(B), now=after)).status_code == 200
    for role in (Role.OPERATOR, Role.LEARNER, Role.CORE_TEACHER, Role.VENDOR):
        assert (await ask(grants=[Grant(role=role)])).status_code == 403
    assert (await ask(grants=[Grant(role=Role.AUDITOR)])).status_code == 200
    other = uid(7, 7)
    assert (await ask(province_id=other)).status_code == 404
    assert (await ask(province_id=other, unit=str(PROVINCE))).status_code == 404


async def test_one_offering_by_id_or_by_course_code(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    for offering in (str(uid(4, 2)), "C2"):
        document = (await ask(offering=offering)).json()
        assert document["figures"]["enrolments"] == 1
        assert [one["course"] for one in document["by_subject"]] == ["C2"]
        assert_adds_up(document)


async def test_csv_and_xlsx_hold_the_numbers_of_the_json_and_never_a_formula(worker: AsyncEngine, ask: Ask) -> None:
    trap = unit(A, "=1+1", "school", (D1, EARLY))
    await say(worker, [state for state in province() if state is not UNITS[3]] + [trap])
    document = (await ask(unit="80.01")).json()
    answer = await ask(unit="80.01", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, *lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO((await ask(unit="80.01", format="xlsx")).content))
    top, *rows = sheet.get_sheet_by_name("Số liệu").to_python()
    assert header == top
    assert len(lines) == len(rows) == 1 + len(document["children"]) + 1 + len(document["by_subject"])
    start = 8
    expected = [str(number) for number in document["figures"].values()]
    assert lines[0][start : start + len(expected)] == expected
    assert [str(int(float(str(n)))) for n in rows[0][start : start + len(expected)]] == expected
    assert {line[1] for line in lines if line[1].startswith("'")} == {"'=1+1"}
    assert "=1+1" in {row[1] for row in rows}


async def test_the_list_names_every_report_with_its_denominators(ask: Ask) -> None:
    listed = (await ask("/api/v1/reports")).json()
    assert [item["name"] for item in listed["items"]] == ["progress", "timeline", "coverage", "satisfaction"]
    assert listed["next"] is None
    rates = {rate["name"]: rate for rate in listed["items"][0]["rates"]}
    assert rates["logged_in"]["counts"] == "persons"
    assert rates["certified"]["counts"] == "enrolments"
    assert set(rates) == {"logged_in", "lms_met", "certified"}, "satisfaction is a report of its own, which hides few"
    assert (await ask("/api/v1/reports/unheard-of")).status_code == 404
    assert (await ask(format="docx")).status_code == 422
