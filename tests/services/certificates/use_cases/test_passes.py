"""Passes that are taken back, given anew, said again and again, in any order: what is valid follows the newest."""

from __future__ import annotations

import asyncio
import random
from uuid import UUID

import pytest

from services.certificates.domain.state import EndedError
from services.certificates.use_cases import changes
from shared.clock import new_token
from tests.services.certificates.conftest import PUBLIC, Certificates, act
from tests.services.certificates.said import APPROVED, Pass, later, passes, raw
from tests.support.states import number


async def test_a_withdrawn_pass_revokes_and_the_number_stays(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1, 2]))
    await certificates.issue()
    await certificates.hear([raw(Pass(n=1, withdrawn_at=later(3)).result(), 2)])
    await certificates.issue()
    assert sorted(row[2:] for row in await certificates.register()) == [(1, "revoked"), (2, "valid")]
    event, state = (await certificates.said())[-1]
    assert (event, state["state"], state["ended_at"]) == ("revoked", "revoked", "2021-02-06T03:00:00Z")
    assert [step["what"] for step in state["steps"]] == ["issued", "revoked"]
    await certificates.assert_sound()


async def test_a_pass_withdrawn_before_its_number_never_gets_one(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.hear([raw(Pass(n=1, withdrawn_at=later(1)).result(), 2)])
    assert await certificates.issue() == 0
    assert await certificates.register() == []


@pytest.mark.parametrize("folded", [False, True], ids=["said", "folded away"])
async def test_a_second_list_after_a_withdrawn_pass_gives_a_new_certificate(
    certificates: Certificates, *, folded: bool
) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.issue()
    if not folded:
        await certificates.hear([raw(Pass(n=1, withdrawn_at=later(3)).result(), 2)])
    await certificates.hear([raw(Pass(n=1, list_number=2, approved_at=later(9)).result(), 3)])
    await certificates.issue()
    rows = await certificates.rows(
        "SELECT list_id, register_number, state, ended_at FROM certificate ORDER BY register_number"
    )
    assert [tuple(row.values())[:3] for row in rows] == [
        (number(1, kind=8), 1, "revoked"),
        (number(2, kind=8), 2, "valid"),
    ]
    assert rows[0]["ended_at"] == (later(9) if folded else later(3))
    await certificates.assert_sound()


async def test_a_second_list_withdrawn_at_once_leaves_nothing_valid(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.issue()
    await certificates.hear([raw(Pass(n=1, list_number=2, approved_at=later(9), withdrawn_at=later(12)).result(), 4)])
    assert await certificates.issue() == 0
    assert [row[3] for row in await certificates.register()] == ["revoked"]
    await certificates.assert_sound()


async def test_a_replacement_is_revoked_with_its_pass(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.issue()
    [first] = await certificates.ids()
    assert (await certificates.lead(f"/certificates/{first}/replace", {"reason": "x"})).status_code == 201
    await certificates.hear([raw(Pass(n=1, withdrawn_at=later(30)).result(), 2)])
    assert [row[3] for row in await certificates.register()] == ["replaced", "revoked"]
    await certificates.assert_sound()


async def test_what_a_person_revoked_is_not_issued_again_by_the_same_list(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.issue()
    [first] = await certificates.ids()
    assert (await certificates.lead(f"/certificates/{first}/revoke", {"reason": "x"})).status_code == 200
    await certificates.hear([raw(Pass(n=1).result(), 2)])
    assert await certificates.issue() == 0
    await certificates.hear([raw(Pass(n=1, withdrawn_at=later(20)).result(), 3)])
    assert [row[3] for row in await certificates.register()] == ["revoked"]
    assert [event for event, _ in await certificates.said()] == ["issued", "revoked"]


def history(n: int, chance: random.Random) -> list[Pass | None]:
    """The states of one result in their order; None is one before any list."""
    states: list[Pass | None] = [None, Pass(n=n)]
    states += [Pass(n=n)] * chance.randrange(3)  # what grading says again when it hears of the certificate
    if chance.random() < 0.6:
        states.append(Pass(n=n, withdrawn_at=later(3)))
        if chance.random() < 0.7:
            states += [Pass(n=n, list_number=2, approved_at=later(9))] * chance.randint(1, 2)
            if chance.random() < 0.3:
                states.append(Pass(n=n, list_number=2, approved_at=later(9), withdrawn_at=later(12)))
    return states


@pytest.mark.parametrize("seed", range(6))
async def test_results_delivered_again_and_shuffled_end_in_what_the_newest_says(
    certificates: Certificates, seed: int
) -> None:
    chance = random.Random(seed)
    await certificates.put_issuers()
    histories = {n: history(n, chance) for n in range(1, 31)}
    deliveries = [
        raw(Pass(n=n).before() if one is None else one.result(), version)
        for n, states in histories.items()
        for version, one in enumerate(states, 1)
        for _ in range(chance.randint(1, 5))
    ]
    chance.shuffle(deliveries)
    while deliveries:
        size = chance.randint(1, 60)
        await certificates.hear(deliveries[:size])
        deliveries = deliveries[size:]
        if chance.random() < 0.5:
            await certificates.issue()
    await certificates.issue()
    newest = {states[-1].key: states[-1] for states in histories.values() if states[-1] is not None}
    expected: dict[UUID, UUID] = {
        key: number(one.list_number, kind=8) for key, one in newest.items() if one.withdrawn_at is None
    }
    rows = await certificates.rows("SELECT enrolment_id, list_id FROM certificate WHERE state = 'valid'")
    assert {row["enrolment_id"]: row["list_id"] for row in rows} == expected
    candidates = await certificates.rows("SELECT enrolment_id, state FROM candidate")
    assert {row["enrolment_id"] for row in candidates if row["state"] == "issued"} == set(expected)
    lists = await certificates.rows("SELECT 1 FROM certificate GROUP BY enrolment_id, list_id HAVING count(*) > 1")
    assert lists == []
    await certificates.assert_sound()


async def test_a_pass_withdrawn_while_its_certificate_is_replaced_leaves_nothing_valid(
    certificates: Certificates,
) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes(range(1, 41)))
    await certificates.issue()
    rows = await certificates.rows("SELECT id, enrolment_id FROM certificate")
    ids = {row["enrolment_id"]: row["id"] for row in rows}

    async def replaced(one: Pass) -> bool:
        try:
            await changes.replace_certificate(
                certificates.api,
                act(),
                ids[one.key],
                lambda _: True,
                reason="x",
                full_name=None,
                birth_date=None,
                public_url=PUBLIC,
                new_token=new_token,
            )
        except EndedError:
            return False
        return True

    won = []
    for n in range(1, 41):
        one = Pass(n=n, withdrawn_at=later(10))
        race = [replaced(one), certificates.hear([raw(one.result(), 2)])]
        answers = await asyncio.gather(*(race if n % 2 else reversed(race)))
        won.append(answers[0 if n % 2 else 1])
    assert await certificates.rows("SELECT 1 FROM certificate WHERE state = 'valid'") == []
    assert len(await certificates.register()) == 40 + won.count(True)
    await certificates.assert_sound()


async def test_a_result_before_any_list_makes_no_candidate(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear([raw(Pass(n=1, approved_at=APPROVED).before(), 1)])
    assert await certificates.rows("SELECT 1 FROM candidate") == []
