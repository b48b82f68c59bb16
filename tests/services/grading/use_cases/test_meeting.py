"""Evidence and enrolments meet whichever comes first, under every name the learner has."""

from __future__ import annotations

import asyncio
import random
import unicodedata
from uuid import UUID

import msgspec
import pytest

from tests.services.grading.conftest import Grading
from tests.services.grading.roster_says import ENROLMENT, OFFERING, certificate, enrolment
from tests.services.grading.vendor import ACCOUNT, Event, batch, event, single, whole_course
from tests.support.states import OTHER_PROVINCE, number

SECOND = "gv.000123.cu@longan.edu.vn"


def by_enrolment(one: Event, enrolment_id: UUID = ENROLMENT) -> Event:
    """The same event as a vendor sends it that knows our ids; it needs no course."""
    named = one | {"learner": {"enrolment_id": str(enrolment_id)}}
    named.pop("course")
    return named


async def test_a_parked_event_is_in_the_result_once_the_enrolment_comes(grading: Grading) -> None:
    answer = await grading.take(batch(whole_course()))
    assert (answer.accepted, answer.parked) == (0, 19)
    assert await grading.assess() == 0
    await grading.hear(enrolment())
    result = await grading.result()
    assert (result.status, result.scores.total) == ("in_verdict", "68.50")


async def test_the_other_order_gives_the_same_result(grading: Grading) -> None:
    await grading.hear(enrolment(1), enrolment(2, ["gv.2@longan.edu.vn"]))
    await grading.take(batch(whole_course()))
    first = await grading.result()
    await grading.take(batch(whole_course("w", account="gv.2@longan.edu.vn")))
    await grading.assess()
    second = (await grading.results())[number(2, kind=1)]
    assert (first.scores, first.movements, first.gates) == (second.scores, second.movements, second.gates)


async def test_an_event_and_its_enrolment_at_the_same_moment_never_miss_each_other(grading: Grading) -> None:
    chance = random.Random(11)
    for n in range(1, 121):
        account = f"gv.{n:06d}@longan.edu.vn"
        body = single(event(f"e-{n}", account=account))

        async def deliver(body: bytes = body) -> None:
            await asyncio.sleep(chance.random() * 0.004)  # chance decides who is first
            await grading.take(body)

        async def hear(n: int = n, account: str = account) -> None:
            await asyncio.sleep(chance.random() * 0.004)  # chance decides who is first
            await grading.hear(enrolment(n, [account]))

        async def assess() -> None:
            await asyncio.sleep(chance.random() * 0.008)  # chance decides who is first
            await grading.assess()

        await asyncio.gather(deliver(), hear(), assess())
    await grading.assess()
    results = await grading.results()
    assert len(results) == 120
    assert [one for one, result in results.items() if result.status != "studying"] == []


async def test_many_meetings_at_once_meet_all_and_deadlock_nowhere(grading: Grading) -> None:
    numbers = list(range(1, 201))
    accounts = {n: f"gv.{n:06d}@longan.edu.vn" for n in numbers}
    chance = random.Random(12)

    async def heard() -> None:
        left = chance.sample(numbers, len(numbers))
        while left:
            await grading.hear(*(enrolment(n, [accounts[n]]) for n in left[:40]))
            left = left[40:]

    async def delivered() -> None:
        left = chance.sample(numbers, len(numbers))
        bodies = [batch([event(f"e-{n}", account=accounts[n]) for n in left[k : k + 25]]) for k in range(0, 200, 25)]
        await asyncio.gather(*map(grading.take, bodies))

    async def assessed() -> None:
        for _ in range(30):
            await grading.assess()
            await asyncio.sleep(0.01)

    await asyncio.gather(heard(), delivered(), assessed())
    await grading.assess()
    results = await grading.results()
    assert {result.status for result in results.values()} == {"studying"}
    assert len(results) == 200


async def test_an_event_that_names_the_enrolment_counts_like_one_under_her_account(grading: Grading) -> None:
    events = whole_course()
    await grading.take(batch([by_enrolment(one) for one in events[::2]]))
    await grading.hear(enrolment())
    answer = await grading.take(batch(events[1::2]))
    assert answer.accepted == 9
    assert (await grading.result()).scores.total == "68.50"


async def test_an_event_by_an_enrolment_nobody_knows_waits_and_a_word_that_is_no_id_is_rejected(
    grading: Grading,
) -> None:
    foreign = by_enrolment(event("a"), number(9, kind=1))
    wrong = event("b") | {"learner": {"enrolment_id": "00000000"}}
    answer = await grading.take(batch([foreign, wrong]))
    assert answer.parked == 1
    assert answer.rejected == [{"id": "b", "reason": "learner.enrolment_id is not a UUID"}]


@pytest.mark.parametrize(
    ("roster", "vendor"),
    [
        (ACCOUNT, "  GV.000123@LongAn.edu.VN "),
        ("GV.000123@LONGAN.EDU.VN", ACCOUNT),
        (unicodedata.normalize("NFC", "nguyễn.thị.hường"), unicodedata.normalize("NFD", "Nguyễn.Thị.Hường")),
        (unicodedata.normalize("NFD", "ĐỖ.hữu"), unicodedata.normalize("NFC", "đỗ.Hữu")),
        ("straße", "STRASSE"),
    ],
)
async def test_accounts_meet_whatever_their_case_space_and_unicode_form(
    grading: Grading, roster: str, vendor: str
) -> None:
    await grading.hear(enrolment(1, [roster]))
    answer = await grading.take(single(event("a", account=vendor)))
    assert answer.accepted == 1
    assert (await grading.result()).status == "studying"


async def test_an_alias_added_later_brings_its_evidence_and_takes_it_along_when_undone(grading: Grading) -> None:
    await grading.hear(enrolment())
    events = whole_course()
    under_other = [one | {"learner": {"account": SECOND}} for one in events[10:]]
    await grading.take(batch([*events[:10], *under_other]))
    before = await grading.result()
    assert before.scores.total is None

    await grading.hear(enrolment(1, [ACCOUNT, SECOND]))
    assert (await grading.result()).scores.total == "68.50"

    await grading.hear(enrolment(1, [ACCOUNT]))
    after = await grading.result()
    assert (after.scores, after.movements, after.missing) == (before.scores, before.movements, before.missing)


async def test_an_account_that_changes_hands_takes_its_evidence_to_whom_roster_names(grading: Grading) -> None:
    await grading.hear(enrolment(1, [ACCOUNT]), enrolment(2, []))
    await grading.take(batch(whole_course()))
    await grading.assess()
    for holder, other in ((2, 1), (1, 2), (2, 1)):
        await grading.hear(enrolment(holder, [ACCOUNT]), enrolment(other, []))
        await grading.assess()
        results = await grading.results()
        assert results[number(holder, kind=1)].scores.total == "68.50"
        assert results[number(other, kind=1)].status == "not_started"


async def test_one_account_in_two_courses_keeps_their_evidence_apart(grading: Grading) -> None:
    offering = msgspec.structs.replace(OFFERING, course="CBQL-TH-M2")
    second = enrolment(2, [ACCOUNT], offering=offering)
    await grading.hear(enrolment(1, [ACCOUNT]), second)
    await grading.take(batch(whole_course()))
    await grading.assess()
    results = await grading.results()
    assert results[number(1, kind=1)].scores.total == "68.50"
    assert results[number(2, kind=1)].status == "not_started"


async def test_an_older_version_that_comes_late_changes_nothing(grading: Grading) -> None:
    await grading.hear(enrolment(1, [ACCOUNT, SECOND]), versions=[2])
    await grading.hear(enrolment(1, []), versions=[1])
    assert (await grading.take(single(event("a", account=SECOND)))).accepted == 1


async def test_a_vendor_reaches_its_own_province_only(grading: Grading) -> None:
    await grading.hear(enrolment(1, [ACCOUNT], province_id=OTHER_PROVINCE))
    answer = await grading.take(batch([event("a"), by_enrolment(event("b"))]))
    assert (answer.accepted, answer.parked) == (0, 2)
    assert (await grading.result()).status == "not_started"


async def certificate_of(grading: Grading) -> tuple[str, bool]:
    """The state of the certificate that counts, and whether the enrolment is certified."""
    (row,) = await grading.rows("SELECT certificate -> -1 ->> 'state', certified_at FROM enrolment")
    return row[0], row[1] is not None


async def test_a_certificate_heard_of_before_its_enrolment_is_there_when_it_comes(grading: Grading) -> None:
    await grading.hear(certificate(1, ENROLMENT))
    await grading.assess()
    assert await grading.results() == {}
    await grading.hear(enrolment())
    await grading.result()
    assert await certificate_of(grading) == ("valid", True)
    item = await grading.done(grading.officer, "GET", f"/results/{ENROLMENT}")
    assert (item["certificate"]["number"], item["certificate"]["state"]) == ("00001/2021", "valid")


@pytest.mark.parametrize("first", range(3))
async def test_which_certificate_counts_does_not_depend_on_the_order_in_which_they_spoke(
    grading: Grading, first: int
) -> None:
    await grading.hear(enrolment())
    await grading.hear(certificate(1, ENROLMENT))
    second = certificate(2, ENROLMENT, "revoked" if first else "valid")
    news = [certificate(1, ENROLMENT, "replaced", replaced_by=number(2, kind=7)), second]
    match first:
        case 0 | 1:
            for one in news:
                await grading.hear(one)
        case _:
            await grading.hear(*news)
    assert await certificate_of(grading) == (second.state, second.state == "valid")
