"""The work process: several workers give the rows of one, nothing is said twice, one bad case holds up no other."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from services.grading.domain.scheme import shipped
from services.grading.store.enrolments import take_pending
from services.grading.use_cases.assessment import assess_pending
from shared.clock import new_id, utc_now
from shared.events.roster import SchemeRef
from tests.services.grading.conftest import Grading
from tests.services.grading.roster_says import ENROLMENT, OFFERING, certificate, enrolment
from tests.services.grading.vendor import START, batch, event, single, whole_course
from tests.support.states import number

PEOPLE = 300


def account(n: int) -> str:
    return f"gv.{n:06d}@longan.edu.vn"


async def fill(grading: Grading) -> None:
    """Half of the people have done everything, each has been seen."""
    await grading.hear(*(enrolment(n, [account(n)]) for n in range(1, PEOPLE + 1)))
    for first in range(1, PEOPLE + 1, 25):
        events = [event(f"in-{n}", account=account(n)) for n in range(first, first + 25)]
        await grading.take(batch(events))
    for n in range(1, PEOPLE + 1, 10):
        await grading.take(batch(whole_course(f"all-{n}", account=account(n), final=str(40 + n % 40))))


async def test_several_workers_at_once_give_the_rows_that_one_gives(grading: Grading) -> None:
    await fill(grading)

    async def work() -> int:
        done = 0
        while taken := await assess_pending(grading.worker, shipped(), now=utc_now(), new_id=new_id):
            done += taken
        return done

    await asyncio.gather(*(work() for _ in range(5)))
    await grading.assess()
    assert await grading.count("pending") == 0
    many = await grading.rows("SELECT enrolment_id, status, result FROM enrolment ORDER BY 1")
    versions = await grading.rows("SELECT aggregate_id, version FROM outbox ORDER BY aggregate_id, version")
    assert len({(row.aggregate_id, row.version) for row in versions}) == len(versions)

    # One worker alone, over the same facts, changes no byte and says nothing.
    await grading.hear(*(enrolment(n, [account(n)]) for n in range(1, PEOPLE + 1)))
    assert await grading.count("pending") == PEOPLE
    await grading.assess()
    assert await grading.rows("SELECT enrolment_id, status, result FROM enrolment ORDER BY 1") == many
    assert await grading.count("outbox") == len(versions)


async def test_while_one_worker_is_busy_with_the_oldest_marks_another_takes_the_next(grading: Grading) -> None:
    await grading.hear(*(enrolment(n, [account(n)]) for n in range(1, 31)))
    async with grading.worker.begin() as first, grading.worker.begin() as second:
        mine = await take_pending(first, 10)
        others = await take_pending(second, 10)
        assert (len(mine), len(others)) == (10, 10)
        assert not set(mine) & set(others)
    assert await grading.count("pending") == 10


async def test_a_worker_takes_every_mark_of_an_enrolment_and_one_made_meanwhile_stays(grading: Grading) -> None:
    await grading.hear(enrolment())
    for n in range(5):
        await grading.take(single(event(f"e-{n}", minute=n)))
    async with grading.worker.begin() as connection:
        assert len(await take_pending(connection, 1)) == 1
        await grading.take(single(event("meanwhile")))
    assert await grading.count("pending") == 1


async def test_what_changes_nothing_says_nothing(grading: Grading) -> None:
    await grading.hear(enrolment())
    await grading.take(batch(whole_course()))
    before = await grading.result()
    said = await grading.said()
    unmoved = [
        event("again", "account.first_login", minute=500),
        event("asked", "question.asked", {"question": "q-1"}, minute=501),
        event("answered", "question.answered", {"question": "q-1"}, minute=502),
        event("same-item", "task.completed", {"task": "t-0", "of": 1}, minute=503),
    ]
    await grading.take(batch(unmoved))
    await grading.hear(enrolment())
    assert await grading.result() == before
    assert await grading.said() == said
    assert await grading.assess() == 0


async def test_each_event_says_what_just_happened(grading: Grading) -> None:
    await grading.hear(enrolment())
    await grading.assess()
    assert await grading.said() == ["graded"]
    await grading.take(single(event("log-in")))
    await grading.assess()
    await grading.take(single(event("registration", "course.registered", minute=1)))
    await grading.assess()
    assert await grading.said() == ["graded", "learner_active", "learner_active"]
    await grading.take(batch(whole_course()[3:]))
    await grading.assess()
    assert (await grading.said())[3:] == ["graded"]
    await grading.verdict("core_team", ENROLMENT)
    await grading.verdict("institution", ENROLMENT)
    list_id = await grading.draft(ENROLMENT)
    assert (await grading.said())[4:] == ["graded", "graded"]
    await grading.approve(list_id)
    assert (await grading.said())[6:] == ["passed"]
    await grading.hear(certificate(1, ENROLMENT))
    await grading.assess()
    assert (await grading.said())[7:] == ["graded"]
    body = {"reason": "thi hộ"}
    await grading.done(grading.leader, "POST", f"/results/{ENROLMENT}/withdraw-pass", body, at="2021-02-01T08:00:00Z")
    assert (await grading.said())[8:] == ["pass_withdrawn"]
    versions = await grading.rows("SELECT version FROM outbox ORDER BY version")
    low = [row.version & 0xFFFFFFFF for row in versions]
    assert low == list(range(low[0], low[0] + 9))


async def test_an_enrolment_under_a_scheme_we_do_not_have_is_parked_and_superseded_by_a_good_version(
    grading: Grading,
) -> None:
    strange = msgspec.structs.replace(OFFERING, scheme=SchemeRef(id="etep-managers-2020", version=9))
    await grading.hear(enrolment(1, offering=strange), enrolment(2, [account(2)]), enrolment(3, [account(3)]))
    await grading.assess()
    # The two beside it were applied.
    assert set(await grading.results()) == {number(2, kind=1), number(3, kind=1)}
    parked = (await grading.done(grading.officer, "GET", "/parked"))["items"]
    assert [(one["aggregate_id"], one["reason"]) for one in parked] == [
        (str(ENROLMENT), "no scheme etep-managers-2020 version 9")
    ]
    await grading.take(batch(whole_course()))
    await grading.hear(enrolment(1))
    assert (await grading.result()).scores.total == "68.50"
    assert (await grading.done(grading.officer, "GET", "/parked"))["items"] == []
    states = await grading.rows("SELECT state, settled_at FROM parked_event")
    assert [(row.state, row.settled_at is not None) for row in states] == [("superseded", True)]


async def test_a_learner_whose_profile_turns_a_thousand_times_is_still_assessed(grading: Grading) -> None:
    await grading.hear(enrolment(1), enrolment(2, [account(2)]))
    await grading.take(batch(whole_course()))
    for first in range(0, 5_000, 500):
        turns = [
            event(f"p-{n}", "profile.confirmed", {"correct": n % 2 == 1, "fields": []}, minute=100 + n)
            for n in range(first, first + 500)
        ]
        await grading.take(batch(turns))
    await grading.take(single(event("other", account=account(2))))
    await grading.assess()
    results = await grading.results()
    assert results[number(2, kind=1)].status == "studying"
    result = results[ENROLMENT]
    assert result.status == "in_verdict"
    assert "movements" in result.flags
    for figure, holds in {"missing": 0, "lms_met": 1, "studying": 1}.items():
        moved = [one for one in result.movements if one.figure == figure]
        assert sum(one.delta for one in moved) == holds
        assert [one.delta for one in moved] == [1 if n % 2 == 0 else -1 for n in range(len(moved))]
        assert moved == sorted(moved, key=lambda one: one.at)
    last = [one for one in result.movements if one.figure == "lms_met"][-1]
    assert last.at == START + timedelta(minutes=100 + 4_999)


@pytest.fixture
async def broken(grading: Grading) -> Grading:
    """One enrolment whose kept state nobody can read any more, marked before all others."""
    await grading.hear(enrolment(1))
    await grading.assess()
    async with grading.worker.begin() as connection:
        await connection.exec_driver_sql("UPDATE enrolment SET state = 'x'::bytea")
    await grading.take(single(event("first")))
    return grading


async def test_a_case_that_cannot_be_assessed_keeps_its_mark_and_holds_up_no_other(broken: Grading) -> None:
    await broken.hear(*(enrolment(n, [account(n)]) for n in range(2, 21)))
    taken = await assess_pending(broken.worker, shipped(), now=utc_now(), new_id=new_id)
    assert taken == 19
    assert len(await broken.results()) == 20
    assert [row.enrolment_id for row in await broken.rows("SELECT enrolment_id FROM pending")] == [ENROLMENT]
    # Alone it is the job's fault, seen by whoever watches it, and tried again later.
    with pytest.raises(msgspec.DecodeError):
        await assess_pending(broken.worker, shipped(), now=utc_now(), new_id=new_id)
    await broken.hear(enrolment(1))
    assert (await broken.result()).status == "studying"
    assert await broken.count("pending") == 0
