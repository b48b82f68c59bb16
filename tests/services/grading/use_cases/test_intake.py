"""Deliveries on a real database: each event counted once, each delivery answered for itself, commits shared."""

from __future__ import annotations

import asyncio
import json
import random
import unicodedata
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from services.grading.use_cases.deliveries import MOST_EVENTS, read_delivery
from services.grading.use_cases.intake import Answer, ConflictError, Intake
from shared.clock import new_id, utc_now
from tests.services.grading.conftest import SOURCE, Grading
from tests.services.grading.roster_says import enrolment
from tests.services.grading.vendor import ACCOUNT, batch, event, final_mark, single, whole_course

SEEN_BEFORE = "this id was seen before with other content"


def counts(answer: Answer) -> tuple[int, int, int, int]:
    return answer.accepted, answer.duplicates, answer.parked, len(answer.rejected)


async def test_each_event_of_a_batch_is_counted_in_exactly_one_of_the_four(grading: Grading) -> None:
    await grading.hear(enrolment())
    await grading.take(single(event("seen")))
    answer = await grading.take(
        batch(
            [
                event("new"),
                event("seen"),
                event("stranger", account="nobody@longan.edu.vn"),
                event("other-course", course="GV-TH-M9"),
                event("bad", "final.graded", {"attempt": 1, "score": "9,5", "scale": "10"}),
                event("unknown", "course.liked"),
                event("new"),
                event("seen", minute=3),
            ]
        )
    )
    assert counts(answer) == (1, 2, 2, 3)
    assert {row["id"]: row["reason"] for row in answer.rejected} == {
        "bad": "score must be a decimal",
        "unknown": "type is unknown",
        "seen": SEEN_BEFORE,
    }
    assert await grading.count("evidence") == 4
    assert await grading.count("delivery") == 2


async def test_an_id_with_other_content_conflicts_alone_and_is_a_rejected_row_in_a_batch(grading: Grading) -> None:
    await grading.take(single(event("a")))
    with pytest.raises(ConflictError, match=r"^a$"):
        await grading.take(single(event("a", minute=1)))
    answer = await grading.take(batch([event("a", minute=1), event("b")]))
    assert counts(answer) == (0, 0, 1, 1)
    assert answer.rejected == [{"id": "a", "reason": SEEN_BEFORE}]
    assert await grading.count("evidence") == 2
    # What was refused is kept for audit all the same.
    assert await grading.count("delivery") == 3


@pytest.mark.parametrize(
    "other",
    [
        {"extra": None},
        {"type": "account.created"},
        {"timestamp": "2020-12-24T08:00:00+07:00"},
        {"learner": {"account": ACCOUNT.upper()}},
        {"data": {}},
    ],
)
async def test_the_whole_content_tells_events_of_one_id_apart(grading: Grading, other: dict[str, Any]) -> None:
    await grading.take(single(event("a")))
    with pytest.raises(ConflictError):
        await grading.take(single(event("a") | other))


async def test_the_order_of_members_and_the_spacing_are_no_content(grading: Grading) -> None:
    await grading.take(single(event("a")))
    turned = dict(reversed(event("a").items()))
    answer = await grading.take(json.dumps(turned, indent=4).encode())
    assert counts(answer) == (0, 1, 0, 0)


async def test_one_id_twice_within_one_body_takes_effect_once(grading: Grading) -> None:
    answer = await grading.take(batch([event("a"), event("a"), event("a", minute=1)]))
    assert counts(answer) == (0, 1, 1, 1)
    again = await grading.take(batch([event("a"), event("a"), event("a", minute=1)]))
    assert counts(again) == (0, 2, 0, 1)
    assert await grading.count("evidence") == 1


async def test_one_id_in_deliveries_committed_together_takes_effect_once_and_the_first_content_stands(
    grading: Grading,
) -> None:
    first, same, other = await asyncio.gather(
        grading.take(batch([event("a"), event("b")])),
        grading.take(batch([event("a"), event("c")])),
        grading.take(batch([event("a", minute=1), event("d")])),
    )
    assert [counts(answer) for answer in (first, same, other)] == [(0, 0, 2, 0), (0, 1, 1, 0), (0, 0, 1, 1)]
    kept = await grading.rows("SELECT at FROM evidence WHERE event_id = 'a'")
    assert [row.at.minute for row in kept] == [0]


async def test_a_thousand_concurrent_deliveries_of_one_id_have_one_effect_and_are_all_answered(
    grading: Grading,
) -> None:
    await grading.hear(enrolment())
    answers = await asyncio.gather(*(grading.take(single(event("a")), f"d-{n}") for n in range(1_000)))
    assert sum(answer.accepted for answer in answers) == 1
    assert sum(answer.duplicates for answer in answers) == 999
    assert await grading.count("evidence") == 1
    assert await grading.count("delivery") == 1_000
    await grading.assess()
    assert await grading.said() == ["learner_active"]


async def test_several_processes_that_are_sent_one_id_at_once_agree(grading: Grading) -> None:
    intakes = [Intake(grading.api, new_id) for _ in range(4)]

    async def take(intake: Intake, minute: int) -> Answer | ConflictError:
        body = single(event("a", minute=minute))
        incoming = read_delivery(body, webhook_id="d", now=utc_now(), new_id=new_id, traceparent=None)
        try:
            return await intake.take(SOURCE, incoming, utc_now())
        except ConflictError as conflict:
            return conflict

    answers = await asyncio.gather(*(take(intakes[n % 4], n % 2) for n in range(80)))
    taken = [answer for answer in answers if isinstance(answer, Answer)]
    assert sum(answer.parked for answer in taken) == 1
    assert sum(answer.duplicates for answer in taken) == 39
    assert len(answers) - len(taken) == 40
    assert await grading.count("evidence") == 1


async def test_concurrent_single_deliveries_share_commits(grading: Grading) -> None:
    commits = 0

    def committed(_connection: object) -> None:
        nonlocal commits
        commits += 1

    sa.event.listen(grading.api.sync_engine, "commit", committed)
    try:
        answers = await asyncio.gather(*(grading.take(single(event(f"e-{n}"))) for n in range(300)))
    finally:
        sa.event.remove(grading.api.sync_engine, "commit", committed)
    assert sum(answer.parked for answer in answers) == 300
    # The first goes alone at most; those that came while it ran share the next one.
    assert commits <= 2


async def test_large_deliveries_that_wait_are_committed_a_bounded_number_at_a_time(grading: Grading) -> None:
    commits = 0

    def committed(_connection: object) -> None:
        nonlocal commits
        commits += 1

    sa.event.listen(grading.api.sync_engine, "commit", committed)
    try:
        bodies = [batch([event(f"{k}-{n}") for n in range(MOST_EVENTS)]) for k in range(20)]
        answers = await asyncio.gather(*map(grading.take, bodies))
    finally:
        sa.event.remove(grading.api.sync_engine, "commit", committed)
    assert [answer.parked for answer in answers] == [MOST_EVENTS] * 20
    assert 3 <= commits <= 4


async def test_one_delivery_that_the_database_refuses_does_not_refuse_the_others(grading: Grading) -> None:
    owner = grading.urls["owner"]
    await run_as(owner, POISONED)
    try:
        answered = await asyncio.gather(
            *(grading.take(single(event("poison" if n == 7 else f"e-{n}"))) for n in range(20)),
            return_exceptions=True,
        )
    finally:
        await run_as(owner, CLEARED)
    refused = [n for n, answer in enumerate(answered) if isinstance(answer, BaseException)]
    assert refused == [7]
    assert isinstance(answered[7], ProgrammingError | sa.exc.DBAPIError)
    assert await grading.count("evidence") == 19
    # The writer goes on: nothing hangs after a fault.
    assert counts(await grading.take(single(event("poison")))) == (0, 0, 1, 0)


POISONED = """
    CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.event_id = 'poison' THEN RAISE EXCEPTION 'poison'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse_poison BEFORE INSERT ON evidence FOR EACH ROW EXECUTE FUNCTION refuse_poison();
"""
CLEARED = "DROP TRIGGER refuse_poison ON evidence; DROP FUNCTION refuse_poison();"


async def run_as(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def test_a_caller_who_goes_away_takes_nothing_from_the_others(grading: Grading) -> None:
    gone = asyncio.create_task(grading.take(single(event("gone"))))
    others = [asyncio.create_task(grading.take(single(event(f"e-{n}")))) for n in range(5)]
    await asyncio.sleep(0)
    gone.cancel()
    answers = await asyncio.gather(*others)
    assert [answer.parked for answer in answers] == [1] * 5
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert counts(await grading.take(single(event("e-0")))) == (0, 1, 0, 0)


async def test_a_malformed_body_is_kept_for_audit_as_it_came(grading: Grading) -> None:
    answer = await grading.deliver(b'{"id": NaN\xff}')
    assert answer.status_code == 422
    (kept,) = await grading.rows("SELECT body, webhook_id, outcome FROM delivery")
    assert bytes(kept.body) == b'{"id": NaN\xff}'
    assert kept.outcome == {"malformed": "the body is not JSON of this form"}
    assert await grading.count("evidence") == 0


async def test_names_of_the_greatest_length_and_size_are_kept(grading: Grading) -> None:
    chance = random.Random(1)

    def name() -> str:
        return "".join(chr(chance.randrange(0x20000, 0x2A6DF)) for _ in range(200))

    material = {"material": name(), "kind": "document", "of": 1}
    wide = event(name(), "material.completed", material, account=name(), course=name())
    answer = await grading.take(batch([wide, event("b")]))
    assert counts(answer) == (0, 0, 2, 0)


async def test_an_event_s_id_in_two_unicode_forms_is_one_id(grading: Grading) -> None:
    composed, split = (unicodedata.normalize(form, "sự-kiện-1") for form in ("NFC", "NFD"))
    assert composed != split
    await grading.take(single(event(composed)))
    with pytest.raises(ConflictError):
        await grading.take(single(event(split)))
    assert await grading.count("evidence") == 1


async def test_deliveries_in_any_order_give_equal_results(grading: Grading) -> None:
    events = [
        *whole_course(),
        final_mark("late", "30", attempt=2, minute=90),
        final_mark("same-instant-a", "70", attempt=3, minute=95),
        final_mark("same-instant-b", "45", attempt=3, minute=95),
        event("wrong-profile", "profile.confirmed", {"correct": False, "fields": ["birth_date"]}, minute=60),
        event("after-window", "task.completed", {"task": "t-9", "of": 2}, minute=60 * 24 * 40),
    ]
    chance = random.Random(5)
    seen = set()
    for n in range(1, 6):
        account = f"gv.{n:06d}@longan.edu.vn"
        mine = [one | {"id": f"{n}-{one['id']}", "learner": {"account": account}} for one in events]
        chance.shuffle(mine)
        if n % 2:
            await grading.hear(enrolment(n, [account]))
        while mine:
            size = chance.randint(1, 6)
            await grading.take(batch(mine[:size]))
            mine = mine[size:]
            if chance.random() < 0.3:
                await grading.assess()
        if not n % 2:
            await grading.hear(enrolment(n, [account]))
        await grading.assess()
    for result in (await grading.results()).values():
        seen.add(str((result.scores, result.conditions, result.gates.lms, result.status, result.missing,
                      result.flags, result.movements, result.first_login_at)))  # fmt: skip
    assert len(seen) == 1
    assert result.scores.final == "45.00"
