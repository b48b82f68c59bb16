"""A small province through the API: who sees what, imports with errors, the tree, log-in."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from alembic import command

from services.roster.use_cases.establish import establish
from shared import migration
from shared.clock import new_id, utc_now
from shared.identity import Grant, Principal, Role
from shared.paging import cursor_of
from shared.tokens import mint
from tests.services.roster.conftest import OFFICER, Roster
from tests.services.roster.small_province import enrolled, person, units, workbook
from tests.support.databases import Databases


async def test_a_change_of_the_tree_is_all_or_nothing(roster: Roster) -> None:
    await units(roster)
    bad = [{"op": "rename", "code": "S1", "name": "Mới"}, {"op": "abolish", "code": "D1"}]
    answer = await roster.call("POST", "/units/changes", {"changes": bad})
    assert answer.status_code == 422
    assert "changes/1" in answer.json()["detail"]
    names = {u["code"]: u["name"] for u in (await roster.done("GET", "/units"))["items"]}
    assert names["S1"] == "Trường 1"
    merge = {"op": "merge", "codes": ["D1"], "code": "D2", "from": "2020-09-01"}
    await roster.done("POST", "/units/changes", {"changes": [merge]})
    then = await roster.done("GET", "/units?as_of=2020-08-31")
    now = await roster.done("GET", "/units?as_of=2020-09-01")
    assert (then["total"], now["total"]) == (5, 4)


async def test_people_and_roles_go_over_to_a_units_successor(roster: Roster) -> None:
    ids = await units(roster)
    await enrolled(roster)
    head = {"account": "gv.1@x.vn", "role": "school_head", "unit_code": "S1", "from": "2020-01-01"}
    await roster.done("POST", "/role-grants", {"grants": [head]})
    merge = {"op": "merge", "codes": ["S1"], "code": "S2", "from": "2020-09-01"}
    await roster.done("POST", "/units/changes", {"changes": [merge]})
    there = await roster.done("GET", f"/people?unit={ids['S2']}", at="2020-09-02T08:00:00+07:00")
    assert there["total"] == 4
    given = (await roster.done("GET", "/role-grants?account=gv.1@x.vn"))["items"]
    assert [(g["unit_id"], g["from"], g["to"]) for g in given] == [
        (ids["S1"], "2020-01-01", "2020-09-01"),
        (ids["S2"], "2020-09-01", None),
    ]
    assert {row.unit_id for row in await roster.rows("SELECT unit_id FROM enrolment")} == {
        UUID(ids["S1"]),
        UUID(ids["S2"]),
    }


async def test_valid_rows_go_in_without_the_wrong_ones_and_the_copy_says_why(roster: Roster) -> None:
    await units(roster)
    content = workbook(person(1), person(2, cccd="123"), person(3, school="S9"))
    preview = (await roster.upload(content, "danh%20s%C3%A1ch.xlsx")).json()
    assert preview["file_name"] == "danh sách.xlsx"
    assert preview["counts"]["error"] == 2
    assert {m["row"] for m in preview["messages"] if m["severity"] == "error"} == {3, 4}
    path = f"/imports/{preview['id']}"
    assert (await roster.call("POST", f"{path}/confirm", {"accept": "all"})).status_code == 409
    assert not await roster.rows("SELECT * FROM assignment")
    done = await roster.done("POST", f"{path}/confirm", {"accept": "valid_rows"})
    assert done["counts"]["persons_new"] == 1
    assert (await roster.call("POST", f"{path}/confirm", {})).status_code == 409
    copy = await roster.call("GET", f"{path}/file")
    assert copy.content[:2] == b"PK"
    template = await roster.call("GET", "/imports/template?kind=personnel")
    assert template.content[:2] == b"PK"
    files = {"file": ("b.xlsx", workbook(person(1)))}
    headers = {"authorization": f"Bearer {roster.token()}"}
    form = await roster.http.post("/api/v1/imports?kind=personnel", files=files, headers=headers)
    assert form.json()["counts"]["unchanged"] == 1


async def test_a_file_that_is_no_workbook_is_422(roster: Roster) -> None:
    assert (await roster.upload(b"nothing")).status_code == 422


async def test_people_are_seen_within_ones_units_only(roster: Roster) -> None:
    ids = await units(roster)
    await enrolled(roster)
    mine = roster.token(Role.DISTRICT_OFFICER, unit_id=UUID(ids["D1"]))
    found = await roster.done("GET", "/people?q=hoà", token=mine)
    assert found["total"] == 2
    other = (await roster.done("GET", f"/people?unit={ids['S2']}"))["items"][0]
    assert (await roster.call("GET", f"/people/{other['id']}", token=mine)).status_code == 404
    own = roster.token(Role.LEARNER, person_id=UUID(other["id"]))
    seen = await roster.done("GET", f"/people/{other['id']}", token=own, at="")
    assert seen["identity_number"].startswith("…")
    assert (await roster.call("GET", "/people", token=own)).status_code == 403
    assert (await roster.call("POST", "/units/changes", {"changes": []}, token=mine)).status_code in (403, 422)
    pages = await roster.done("GET", "/people?limit=3")
    rest = await roster.done("GET", f"/people?limit=3&cursor={pages['next']}")
    assert len({p["id"] for p in [*pages["items"], *rest["items"]]}) == pages["total"] == 5
    for path in ("/people", "/units", "/offerings", "/classes"):
        total = (await roster.done("GET", f"{path}?limit=1"))["total"]
        full = await roster.done("GET", f"{path}?limit={total}")
        assert (len(full["items"]), full["next"]) == (total, None), path
    nul, huge = cursor_of("\x00"), cursor_of(("KHTN", 2**40))
    no_person = cursor_of((2**31, "a", "01980000-0000-7000-8000-000000000000"))
    for path in (
        "/people?cursor=%25%25",
        f"/offerings?cursor={nul}",
        f"/classes?cursor={huge}",
        f"/people?cursor={no_person}",
    ):
        assert (await roster.call("GET", path)).status_code == 400, path
    assert (await roster.call("GET", "/people?q=%25")).status_code == 200


async def test_a_person_is_shown_without_what_only_lists_need(roster: Roster) -> None:
    await units(roster)
    await enrolled(roster)
    (listed, *_) = (await roster.done("GET", "/people?q=hoà"))["items"]
    assert set(listed) == {"id", "name", "birth_date", "accounts", "units"}
    shown = await roster.done("GET", f"/people/{listed['id']}")
    assert set(shown) == {
        "id", "name", "birth_date", "identity_number", "phone", "merged_into", "erased_at",
        "accounts", "employments", "assignments", "enrolments",
    }  # fmt: skip
    assert (shown["name"], len(shown["employments"]), len(shown["enrolments"])) == (listed["name"], 1, 1)


async def test_another_provinces_officer_sees_nothing(roster: Roster) -> None:
    await units(roster)
    await enrolled(roster)
    stranger = Principal(account="x", province_id=new_id(), grants=[Grant(role=Role.PROVINCE_OFFICER)])
    token = mint(stranger, "roster", roster.key, utc_now())
    for path in ("/people", "/units", "/offerings", "/classes"):
        assert (await roster.done("GET", path, token=token))["total"] == 0


async def test_log_in_asks_for_grants_and_only_the_gateway_may(roster: Roster) -> None:
    gateway = mint(Principal(account="gateway"), "roster", roster.key, utc_now())
    path = f"/internal/grants?account={OFFICER.upper()}"
    given = await roster.done("GET", path, token=gateway)
    assert given["province_id"] == str(roster.province_id)
    assert [g["role"] for g in given["grants"]] == ["province_officer", "learner"]
    dated = {"account": OFFICER, "role": "auditor", "from": "2020-09-01"}
    await roster.done("POST", "/role-grants", {"grants": [dated]})
    for at, more in (("2020-08-31T16:59:59Z", set()), ("2020-08-31T17:00:00Z", {"auditor"})):
        then = await roster.done("GET", f"{path}&at={at}", token=gateway)
        assert {g["role"] for g in then["grants"]} == {"province_officer", "learner"} | more
    assert (await roster.call("GET", path)).status_code == 403
    assert (await roster.call("GET", "/internal/grants?account=nobody@x.vn", token=gateway)).status_code == 404


async def test_a_province_is_established_once(roster: Roster) -> None:
    at = datetime(2020, 1, 2, tzinfo=UTC)
    again = await establish(roster.worker, code="80", name="Long An", officer=OFFICER, at=at)
    assert again == roster.province_id
    assert len(await roster.rows("SELECT * FROM role_grant")) == 1
    other = await establish(roster.worker, code="70", name="Bình Phước", officer="x@y.vn", at=at)
    assert other != again


async def test_the_first_leader_and_an_operator_are_named_at_the_terminal(roster: Roster) -> None:
    at = datetime(2020, 1, 2, tzinfo=UTC)
    named = {"officer": OFFICER, "leader": "ld@x.vn", "operator": "vh@x.vn"}
    for _ in range(2):
        assert await establish(roster.worker, code="80", name="Long An", at=at, **named) == roster.province_id
    given = await roster.rows(
        "SELECT account, role, unit_id, name FROM role_grant"
        " JOIN account USING (person_id) JOIN person USING (person_id) ORDER BY account"
    )
    assert [tuple(row) for row in given] == [
        ("ld@x.vn", "department_leader", roster.province_id, "Lãnh đạo Sở GD&ĐT Long An"),
        (OFFICER, "province_officer", roster.province_id, "Cán bộ Sở GD&ĐT Long An"),
        ("vh@x.vn", "operator", roster.province_id, "Cán bộ vận hành hệ thống Long An"),
    ]
    audited = await roster.rows("SELECT count(*) FROM audit WHERE action = 'role_grant.give'")
    assert audited[0][0] == 3


@pytest.mark.parametrize("table", ["person", "enrolment", "role_grant", "import"])
async def test_without_a_province_the_api_role_sees_nothing(roster: Roster, databases: Databases, table: str) -> None:
    connection = await asyncpg.connect(databases.urls("roster")["api"])
    try:
        assert await connection.fetchval(f'SELECT count(*) FROM "{table}"') == 0
    finally:
        await connection.close()


def test_migrations_agree_with_the_tables_and_go_back(databases: Databases) -> None:
    owner = databases.empty("roster", "migrations")["owner"]
    migration.upgrade("roster", owner)
    command.check(migration.config("roster", owner))
    command.downgrade(migration.config("roster", owner), "-1")
    migration.upgrade("roster", owner)
