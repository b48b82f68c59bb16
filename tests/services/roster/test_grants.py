"""Roles granted: the same grant is one grant, and the audit has a row for each decision and for nothing else."""

from __future__ import annotations

from tests.services.roster.conftest import Roster
from tests.services.roster.small_province import units

HEAD = {"account": "ht@x.vn", "name": "Lê Ý", "role": "school_head", "unit_code": "S1", "from": "2020-01-01"}
AUDITOR = {"account": "kt@x.vn", "name": "Vũ An", "role": "auditor", "unit_code": "80", "from": "2020-01-01"}


async def given(roster: Roster, *grants: dict[str, str]) -> list[str]:
    """The ids that the call answers."""
    answer = await roster.done("POST", "/role-grants", {"grants": list(grants)})
    return [one["id"] for one in answer["items"]]


async def audited(roster: Roster) -> list[str]:
    """Of which grants there are audit rows, in their order; the founder's is left out."""
    rows = await roster.rows(
        "SELECT object_id FROM audit WHERE action = 'role_grant.give' AND account <> 'terminal' ORDER BY id"
    )
    return [row.object_id for row in rows]


async def test_a_grant_asked_for_again_keeps_its_id_and_is_no_new_decision(roster: Roster) -> None:
    await units(roster)
    (head,) = await given(roster, HEAD)
    assert await given(roster, HEAD, HEAD) == [head, head]
    auditor, again = await given(roster, AUDITOR, HEAD)
    assert again == head
    assert await audited(roster) == [head, auditor]


async def test_an_end_that_is_set_moved_or_taken_away_is_a_decision_each_time(roster: Roster) -> None:
    await units(roster)
    (head,) = await given(roster, HEAD)
    for end in ({"to": "2021-01-01"}, {"to": "2021-01-01"}, {"to": "2021-02-01"}, {}, {}):
        assert await given(roster, HEAD | end) == [head]
    assert await audited(roster) == [head] * 4


async def test_answers_come_in_the_order_asked_whatever_is_new_among_them(roster: Roster) -> None:
    await units(roster)
    (head,) = await given(roster, HEAD)
    grants = [AUDITOR, HEAD, AUDITOR | {"from": "2019-01-01"}, AUDITOR | {"role": "district_officer"}]
    ids = await given(roster, *grants)
    assert ids[1] == head
    assert len(set(ids)) == 4
    assert await given(roster, *reversed(grants)) == ids[::-1]
