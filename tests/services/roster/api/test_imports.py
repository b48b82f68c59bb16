"""The list of imports: what was sent, what became of it, and what is being written just now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.roster.store import imports as store
from shared.identity import Role
from tests.services.roster.conftest import Roster
from tests.services.roster.small_province import person, units, workbook


async def _sent(roster: Roster, *names: str) -> list[str]:
    """Previews of workbooks of a row each, as they were sent."""
    await units(roster)
    answers = [await roster.upload(workbook(person(place)), name) for place, name in enumerate(names)]
    return [answer.json()["id"] for answer in answers]


async def _confirming(roster: Roster) -> list[str]:
    items = (await roster.done("GET", "/imports"))["items"]
    return [one["id"] for one in items if one["confirming"]]


async def test_the_newest_comes_first_page_by_page_with_what_became_of_each(roster: Roster) -> None:
    first, second, third = await _sent(roster, "a.xlsx", "b.xlsx", "c.xlsx")
    await roster.done("POST", f"/imports/{second}/confirm", {})
    found: list[Any] = []
    cursor = ""
    while True:
        page = await roster.done("GET", f"/imports?limit=2{cursor}")
        assert page["total"] == 3
        found += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [(one["id"], one["file_name"], one["state"]) for one in found] == [
        (third, "c.xlsx", "previewed"),
        (second, "b.xlsx", "confirmed"),
        (first, "a.xlsx", "previewed"),
    ]
    one = await roster.done("GET", f"/imports/{second}")
    assert found[1] == {name: value for name, value in one.items() if name not in ("mapping", "messages")}
    assert (one["counts"]["persons_new"], one["accepted"], one["confirming"]) == (1, "all", False)


async def test_what_is_being_written_says_so_until_its_transaction_ends_however_it_ends(roster: Roster) -> None:
    first, second = await _sent(roster, "a.xlsx", "b.xlsx")
    assert await _confirming(roster) == []
    async with roster.worker.connect() as connection:
        await store.begin(connection, UUID(first))
        assert await _confirming(roster) == [first]
        assert (await roster.done("GET", f"/imports/{first}"))["confirming"]
        done = await roster.done("POST", f"/imports/{second}/confirm", {})
        assert (done["state"], done["confirming"]) == ("confirmed", False)
        await connection.rollback()
    assert await _confirming(roster) == []


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.AUDITOR, 200), (Role.DEPARTMENT_LEADER, 200), (Role.OPERATOR, 403), (Role.VENDOR, 403)],
)
async def test_the_office_and_the_auditor_read_it(roster: Roster, role: Role, status: int) -> None:
    await _sent(roster, "a.xlsx")
    assert (await roster.call("GET", "/imports", token=roster.token(role), at="")).status_code == status
