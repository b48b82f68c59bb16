"""A report's version: the same while it says the same, in every form; no file that says otherwise."""

from __future__ import annotations

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.identity import Grant, Role
from tests.services.reporting.conftest import Ask
from tests.services.reporting.said import PROVINCE, days, result
from tests.services.reporting.use_cases.test_reports import D1, PATHS, A, province, say

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def version_in(answer: httpx.Response) -> str:
    assert answer.headers["cache-control"] == "private, no-cache"
    return answer.headers["etag"].removeprefix('W/"').removesuffix('"')


async def test_the_same_figures_have_the_same_version_at_another_instant(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    one, later = await ask(now=days(50)), await ask(now=days(60))
    assert one.json()["as_of"] != later.json()["as_of"]
    assert version_in(one) == version_in(later)
    assert version_in(await ask(unit=str(D1))) != version_in(one)
    await say(worker, [result(2, PATHS[A], [("studying", days(5), 1)])])
    assert version_in(await ask(now=days(60))) != version_in(one)


async def test_who_holds_the_version_is_sent_nothing_again(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    etag = (await ask()).headers["etag"]
    again = await ask(headers={"if-none-match": f'"x", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    await say(worker, [result(2, PATHS[A], [("studying", days(5), 1)])])
    moved = await ask(headers={"if-none-match": etag})
    assert (moved.status_code, moved.json()["figures"]["studying"]) == (200, 3)


async def test_a_file_of_a_version_is_that_version_or_none(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    shown = version_in(await ask())
    answer = await ask(format="xlsx", version=shown)
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    await say(worker, [result(2, PATHS[A], [("studying", days(5), 1)])])
    for form in ("xlsx", "csv", "json"):
        refused = await ask(format=form, version=shown)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (412, "precondition-failed")
    assert (await ask(version="none")).status_code == 422


async def test_a_unit_names_the_way_down_to_it(worker: AsyncEngine, ask: Ask) -> None:
    await say(worker, province())
    assert (await ask()).json()["above"] == []
    head = [Grant(role=Role.SCHOOL_HEAD, unit_id=A)]
    above = (await ask(grants=head)).json()["above"]
    assert [(one["id"], one["kind"]) for one in above] == [(str(PROVINCE), "province"), (str(D1), "district")]
