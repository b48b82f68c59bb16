"""Parked events under an operator's hand: tried again, or discarded with a reason; both audited."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import parking
from shared.applying import Applier, Handler
from shared.clock import new_id
from shared.database import transaction
from shared.identity import Role
from shared.parking import Raw
from shared.release import Releases
from tests.bad_input.records import BAD
from tests.shared.conftest import Ask
from tests.shared.test_poison import POISONED, said
from tests.support.handlers import HANDLERS, REFUSED_BY_THE_RULE, applier, parked, rows, show_units, shown
from tests.support.states import NOW, OTHER_PROVINCE, PROVINCE, record

WHY = {"reason": "the learning platform sent it anew"}


async def refused(connection: Any, batch: Any, moment: Any) -> None:
    """A handler with a fault that a later build mends."""
    for one in batch:
        if one.event.version in (3, 5):
            raise ValueError("version 3 and 5 are too much for this build")
    await show_units(connection, batch, moment)


def releases(engine: AsyncEngine, handler: Handler = show_units) -> Releases:
    return Releases(Applier(engine, {**HANDLERS, "unit": handler}, lambda: NOW, new_id))


async def park(engine: AsyncEngine, *versions: int) -> list[str]:
    """These versions of one unit, which this build cannot apply; their ids."""
    for version in versions:
        async with engine.begin() as connection:
            event = said(POISONED, version)
            await parking.park(
                connection, record(event, offset=version), event, "ValueError while applying", now=NOW, new_id=new_id
            )
    async with engine.connect() as connection:
        found = {row.version: str(row.id) for row in await connection.execute(sa.text("SELECT * FROM parked_event"))}
    return [found[version] for version in versions]


async def states(engine: AsyncEngine) -> dict[int, str]:
    return {row[1]: row[3] for row in await parked(engine)}


async def decide(ask: Ask, id_: str, decision: str, role: Role = Role.OPERATOR, **more: Any) -> tuple[int, Any]:
    answer = await ask(f"/parked/{id_}/{decision}", role, method="POST", **more)
    return answer.status_code, answer.json()


async def audit(ask: Ask) -> list[tuple[str, str, str, str | None, str]]:
    """Who, what, on what, why, and what came of it, oldest first."""
    items = (await ask("/audit")).json()["items"]
    return [
        (one["account"], one["action"], one["object_id"], one["details"]["reason"], one["details"]["state"])
        for one in items[::-1]
    ]


async def test_a_released_event_is_applied_by_the_services_own_handler(engine: AsyncEngine, ask: Ask) -> None:
    await applier(engine, {"unit": refused}).apply([record(said(POISONED, 3, "Trường Tân An"), offset=7)])
    ((_, version, reason, _),) = await parked(engine)
    assert (version, reason) == (3, "ValueError while applying")
    id_ = (await ask("/parked", Role.OPERATOR)).json()["items"][0]["id"]

    status, row = await decide(ask, id_, "release", body=WHY)
    assert (status, row["state"]) == (202, "asked")
    assert row["asked_at"] is not None
    assert (await ask("/parked")).json()["total"] == 1, "still not settled"
    assert await shown(engine) == {}, "the api role applies nothing"

    assert await releases(engine).run() == 1
    assert await releases(engine).run() == 0
    assert await shown(engine) == {POISONED: 3}
    assert (await ask(f"/parked/{id_}")).json()["state"] == "released"
    assert (await ask("/parked")).json()["total"] == 0
    assert await audit(ask) == [("operator@test", "parked.release", id_, WHY["reason"], "asked")]
    details = (await ask("/audit")).json()["items"][0]["details"]
    assert {k: details[k] for k in ("topic", "log_offset", "aggregate_id", "version", "parked_because")} == {
        "topic": "roster.events",
        "log_offset": 7,
        "aggregate_id": str(POISONED),
        "version": 3,
        "parked_because": "ValueError while applying",
    }

    before = await rows(engine)
    await applier(engine).apply([record(said(POISONED, 3))])
    assert await rows(engine) == before, "its version is seen: delivered again it does nothing"


async def test_one_that_fails_again_stays_parked_with_the_new_reason_and_leaves_nothing_behind(
    engine: AsyncEngine, ask: Ask
) -> None:
    (id_,) = await park(engine, 3)

    async def half_way(connection: Any, batch: Any, moment: Any) -> None:
        await show_units(connection, batch, moment)
        raise KeyError("Nguyễn Văn A")

    await decide(ask, id_, "release")
    assert await releases(engine, half_way).run() == 1
    row = (await ask(f"/parked/{id_}")).json()
    assert (row["state"], row["reason"]) == ("parked", "KeyError while applying")
    assert await rows(engine) == []
    assert (await decide(ask, id_, "release"))[0] == 202, "and may be asked for again"
    assert await releases(engine).run() == 1
    assert await states(engine) == {3: "released"}


async def test_a_fault_that_passes_by_itself_leaves_the_mark_for_the_next_run(engine: AsyncEngine, ask: Ask) -> None:
    (id_,) = await park(engine, 3)
    await decide(ask, id_, "release")

    async def away(connection: Any, batch: Any, moment: Any) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await releases(engine, away).run()
    assert await states(engine) == {3: "asked"}
    await releases(engine).run()
    assert await states(engine) == {3: "released"}


async def test_one_that_is_older_than_what_was_applied_meanwhile_is_409_and_superseded(
    engine: AsyncEngine, ask: Ask
) -> None:
    await applier(engine).apply([record(said(POISONED, 4))])
    (id_,) = await park(engine, 3)
    status, problem = await decide(ask, id_, "release")
    assert (status, problem["state"]) == (409, "superseded")
    assert await states(engine) == {3: "superseded"}
    assert await shown(engine) == {POISONED: 4}
    assert [row[-1] for row in await audit(ask)] == ["superseded"]


@pytest.mark.parametrize("first", [3, 5])
async def test_events_of_one_aggregate_released_in_any_order_end_in_the_newest(
    engine: AsyncEngine, ask: Ask, first: int
) -> None:
    older, newer = await park(engine, 3, 5)
    ids = [older, newer] if first == 3 else [newer, older]
    for id_ in ids:
        await decide(ask, id_, "release")
        await releases(engine).run()
    assert await shown(engine) == {POISONED: 5}
    assert await states(engine) == {3: "released" if first == 3 else "superseded", 5: "released"}


async def test_a_later_event_that_arrives_while_one_is_asked_for_supersedes_it(engine: AsyncEngine, ask: Ask) -> None:
    (id_,) = await park(engine, 3)
    await decide(ask, id_, "release")
    await applier(engine).apply([record(said(POISONED, 4))])
    assert await states(engine) == {3: "superseded"}
    assert await releases(engine).run() == 0
    assert await shown(engine) == {POISONED: 4}


async def test_one_that_is_settled_while_the_worker_tries_it_leaves_nothing_behind(
    engine: AsyncEngine, ask: Ask
) -> None:
    (id_,) = await park(engine, 3)
    await decide(ask, id_, "release")

    async def discarded_meanwhile(connection: Any, batch: Any, moment: Any) -> None:
        await show_units(connection, batch, moment)
        assert (await decide(ask, id_, "discard", body=WHY))[0] == 200

    assert await releases(engine, discarded_meanwhile).run() == 1
    assert await states(engine) == {3: "discarded"}
    assert await rows(engine) == []


async def test_a_discarded_event_is_never_applied_also_when_the_log_says_it_again_and_its_next_version_is(
    engine: AsyncEngine, ask: Ask
) -> None:
    await applier(engine).apply([record(said(POISONED, 2))])
    older, newer = await park(engine, 3, 5)
    status, row = await decide(ask, newer, "discard", body=WHY)
    assert (status, row["state"], row["settled_why"]) == (200, "discarded", WHY["reason"])
    await applier(engine).apply([record(said(POISONED, 5))])  # by a build that could
    assert await shown(engine) == {POISONED: 2}
    assert await states(engine) == {3: "parked", 5: "discarded"}

    await decide(ask, older, "release")
    await releases(engine).run()
    assert await shown(engine) == {POISONED: 3}, "discarding the newer one took nothing from the older"
    await applier(engine).apply([record(said(POISONED, 6))])
    assert await shown(engine) == {POISONED: 6}
    assert await audit(ask) == [
        ("operator@test", "parked.discard", newer, WHY["reason"], "discarded"),
        ("operator@test", "parked.release", older, None, "asked"),
    ]


async def test_the_same_decision_again_is_the_same_answer_and_audited_once(engine: AsyncEngine, ask: Ask) -> None:
    released, discarded = await park(engine, 3, 5)
    for _ in range(2):
        assert (await decide(ask, released, "release"))[0] == 202
        assert (await decide(ask, discarded, "discard", body=WHY))[0] == 200
    assert len(await audit(ask)) == 2
    assert (await decide(ask, discarded, "discard", body={"reason": "another"}))[0] == 409
    assert (await decide(ask, discarded, "release"))[0] == 409
    await releases(engine).run()
    status, problem = await decide(ask, released, "discard", body=WHY)
    assert (status, problem["state"]) == (409, "released")
    assert len(await audit(ask)) == 2


@pytest.mark.parametrize(
    "body", [None, {}, {"reason": ""}, {"reason": "  "}, {"reason": "a\x00"}, {"reason": "x" * 501}, {**WHY, "x": 1}, 7]
)
async def test_a_discard_without_a_reason_is_422(engine: AsyncEngine, ask: Ask, body: Any) -> None:
    (id_,) = await park(engine, 3)
    assert (await decide(ask, id_, "discard", body=body))[0] == 422
    assert await states(engine) == {3: "parked"}


async def test_who_may_decide_and_where(engine: AsyncEngine, ask: Ask) -> None:
    (id_,) = await park(engine, 3)
    deciding = {Role.OPERATOR, Role.PROVINCE_OFFICER}
    for role in Role:
        for decision in ("release", "discard"):
            status, _ = await decide(ask, str(new_id()), decision, role, body=WHY)
            assert status == (404 if role in deciding else 403), role
    for role in deciding:
        for decision in ("release", "discard"):
            assert (await decide(ask, id_, decision, role, province_id=OTHER_PROVINCE, body=WHY))[0] == 404
            assert (await decide(ask, id_, decision, role, province_id=None, body=WHY))[0] == 403
        assert (await ask(f"/parked/{id_}", role, OTHER_PROVINCE)).status_code == 404
        assert (await decide(ask, "x", "release", role))[0] == 422
    assert await states(engine) == {3: "parked"}
    assert (await decide(ask, id_, "release", Role.PROVINCE_OFFICER))[0] == 202


async def test_a_record_without_an_envelope_is_for_an_operator_of_any_province_and_nobody_else(
    engine: AsyncEngine, api: AsyncEngine, ask: Ask
) -> None:
    await applier(engine).apply([BAD["no headers"][0](), BAD["value None (tombstone)"][0]()])
    await park(engine, 3)
    for role, province, count in (
        (Role.OPERATOR, PROVINCE, 3),
        (Role.OPERATOR, OTHER_PROVINCE, 2),
        (Role.PROVINCE_OFFICER, PROVINCE, 1),
        (Role.AUDITOR, OTHER_PROVINCE, 0),
    ):
        page = (await ask("/parked", role, province)).json()
        assert (page["total"], len(page["items"])) == (count, count), (role, province)
    items = (await ask("/parked", Role.OPERATOR, OTHER_PROVINCE)).json()["items"]
    assert [item["province_id"] for item in items] == [None, None]
    assert not {"data", "headers", "key"} & items[0].keys()
    first = items[0]["id"]
    assert (await decide(ask, first, "discard", Role.PROVINCE_OFFICER, body=WHY))[0] == 404
    assert (await decide(ask, first, "discard", province_id=OTHER_PROVINCE, body=WHY))[0] == 200
    assert (await ask("/audit", province_id=OTHER_PROVINCE)).json()["total"] == 1, "audited where the operator belongs"
    async with transaction(api, PROVINCE) as connection:  # the second wall, were the first one forgotten
        assert await connection.scalar(sa.text("SELECT count(*) FROM parked_event")) == 1


@pytest.mark.parametrize("name", sorted(BAD))
async def test_a_record_that_was_no_event_is_still_none_when_it_is_tried_again(
    engine: AsyncEngine, ask: Ask, name: str
) -> None:
    make, reason = BAD[name]
    await applier(engine).apply([make()])
    item = (await ask("/parked", Role.OPERATOR)).json()["items"][0]
    await decide(ask, item["id"], "release")
    await releases(engine).run()
    after = (await ask(f"/parked/{item['id']}", Role.OPERATOR)).json()
    assert (after["state"], after["reason"]) == ("parked", item["reason"])
    assert after["reason"].startswith(reason)
    assert await rows(engine) == []


async def test_an_event_of_a_newer_producer_is_applied_once_this_build_knows_it(
    engine: AsyncEngine, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("shared.events.registry._KNOWN_TYPES", {})
        await applier(engine).apply([record(said(POISONED, 3))])
    item = (await ask("/parked", Role.OPERATOR)).json()["items"][0]
    assert (item["province_id"], item["version"]) == (None, None)
    await decide(ask, item["id"], "release")
    await releases(engine).run()
    assert await shown(engine) == {POISONED: 3}
    assert (await ask(f"/parked/{item['id']}", Role.OPERATOR)).json()["state"] == "released"


async def test_what_the_service_does_not_hear_of_is_passed_over_as_the_consumer_does(
    engine: AsyncEngine, ask: Ask
) -> None:
    (id_,) = await park(engine, 3)
    await decide(ask, id_, "release")
    await Releases(Applier(engine, {}, lambda: NOW, new_id)).run()
    row = (await ask(f"/parked/{id_}")).json()
    assert (row["state"], row["settled_why"]) == ("released", "passed over: nothing here hears of a unit")
    assert await rows(engine) == []


async def test_a_refusal_of_the_rule_keeps_its_own_words(engine: AsyncEngine, ask: Ask) -> None:
    await applier(engine).apply([record(said(POISONED, 3, REFUSED_BY_THE_RULE))])
    id_ = (await ask("/parked")).json()["items"][0]["id"]
    await decide(ask, id_, "release")
    await releases(engine).run()
    assert (await ask(f"/parked/{id_}")).json()["reason"] == "the rule says no"


def test_headers_come_back_as_they_were() -> None:
    headers: list[Any] = [
        ("a", b"1"),
        ("a", b"2"),
        ("b", b"\xff"),
        ("c", None),
        ("d", b""),
        ("e", b"\x00"),
        ("f", "đ".encode()),
    ]
    row = {"topic": "t", "partition": 1, "log_offset": 2, "key": b"k", "data": None}
    again = parking.stored(row | {"headers": parking.write_headers(headers)})
    assert again == Raw("t", 1, 2, b"k", None, headers)
