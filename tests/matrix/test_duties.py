"""Separation of duties through the API, and an audit row in the transaction of every writing route's decision."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from shared.identity import Role
from tests.every_service.services import SERVICES
from tests.matrix.aims import WORKBOOK, Call, One, aims
from tests.matrix.provinces import Province, bearer
from tests.matrix.seats import Seat
from tests.matrix.test_matrix import PUBLIC, XLSX, routes
from tests.services.roster.small_province import OFFERING

Both = tuple[Province, Province]
LEADER, OFFICER = Seat(Role.DEPARTMENT_LEADER, "P"), Seat(Role.PROVINCE_OFFICER, "P")
UNKEYED = {
    "POST /imports",
    "POST /imports/{import_id}/confirm",
    "POST /parked/{id}/release",
    "POST /parked/{id}/discard",
}
"""Writes that take no Idempotency-Key (shared/web.py says why), so that no kept answer shows their transaction."""
_AUDITED = "SELECT action, xmin::text AS made FROM audit WHERE request_id = :request"
_KEPT = "SELECT xmin::text AS made FROM kept_answer WHERE key = :request"


async def ask(ours: Province, service: str, method: str, call: Call, seat: Seat, **headers: str) -> httpx.Response:
    """One call by a seat."""
    sent = bearer(ours.world, service, [seat.grant(ours)], seat.person(ours)) | headers
    more: dict[str, Any] = {} if call.body is None else {"json": call.body}
    if call.content is not None:
        more, sent = {"content": call.content}, sent | {"content-type": XLSX}
    client = ours.world.clients[service]
    return await client.request(method, f"/api/v1{call.path}", params=call.query, headers=sent, **more)


def granted(ours: Province, role: Role, account: str) -> dict[str, Any]:
    """A whole grant of a role, as it is asked for."""
    officer = ours.at("P")
    over = {"unit_id": officer.unit} if role not in (Role.CORE_TEACHER, Role.INSTITUTION_LECTURER) else {}
    over |= {"class_id": officer.klass} if role is Role.CORE_TEACHER else {}
    over |= {"audience": "teachers"} if role is Role.INSTITUTION_LECTURER else {}
    return {"account": account, "role": role} | over


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR}))
async def test_nobody_grants_a_role_to_herself_under_any_account(both: Both, role: Role) -> None:
    ours = both[0]
    officer = ours.at("P")
    giver = Role.DEPARTMENT_LEADER if role is Role.DEPARTMENT_LEADER else Role.PROVINCE_OFFICER
    seat = Seat(giver, "P", herself=officer)
    grant = granted(ours, role, officer.account.upper())
    answer = await ask(ours, "roster", "POST", Call("/role-grants", body={"grants": [grant]}), seat)
    assert (answer.status_code, "không ai tự giao vai trò" in answer.text) == (422, True), answer.text
    other = grant | {"account": ours.at("D2").account}
    mixed = Call("/role-grants", body={"grants": [other, grant]})
    assert (await ask(ours, "roster", "POST", mixed, seat)).status_code == 422
    assert (await ask(ours, "roster", "POST", Call("/role-grants", body={"grants": [other]}), seat)).status_code == 201


@pytest.mark.parametrize(
    ("giver", "role"), [(OFFICER, Role.DEPARTMENT_LEADER), (OFFICER, Role.OPERATOR), (LEADER, Role.OPERATOR)]
)
async def test_nobody_gives_nor_ends_a_role_above_her_own(both: Both, giver: Seat, role: Role) -> None:
    ours = both[0]
    above = granted(ours, role, ours.at("D2").account) | {"to": "2030-01-01"}
    below = granted(ours, Role.SCHOOL_HEAD, ours.at("D1").account) | {"from": "2031-01-01"}
    before = await ask(ours, "roster", "GET", Call("/role-grants"), OFFICER)
    for grants in ([above], [below, above]):
        answer = await ask(ours, "roster", "POST", Call("/role-grants", body={"grants": grants}), giver)
        assert answer.status_code == 403, answer.text
    assert (await ask(ours, "roster", "GET", Call("/role-grants"), OFFICER)).json() == before.json()


async def test_nobody_makes_herself_the_core_teacher_of_a_class(both: Both) -> None:
    ours = both[0]
    officer = ours.at("P")
    seat = Seat(Role.PROVINCE_OFFICER, "P", herself=officer)
    call = Call(f"/classes/{ours.at('S4', 'managers').klass}/graders", body={"graders": [officer.account]})
    answer = await ask(ours, "roster", "PUT", call, seat)
    assert (answer.status_code, "không ai tự phân công" in answer.text) == (422, True), answer.text
    assert (await ask(ours, "roster", "PUT", call, OFFICER)).status_code == 200
    assert (await ask(ours, "roster", "PUT", call, seat)).status_code == 200  # another gave it to her


async def test_nobody_judges_or_approves_herself_nor_speaks_in_two_of_the_three_roles(both: Both) -> None:
    """The core teacher's and the lecturer's persons gave the verdicts in both provinces (provinces.py)."""
    ours = both[0]
    learner = ours.at("S2", "managers")

    def verdict(gate: str) -> Call:
        row = {"enrolment_id": learner.enrolment, "met": False, "reason": "chưa đạt"}
        return Call("/verdicts", body={"gate": gate, "verdicts": [row]})

    async def problem(gate: str, seat: Seat) -> str | None:
        answer = await ask(ours, "grading", "POST", verdict(gate), seat)
        return str(answer.json()["items"][0]["problem"])

    assert await problem("core_team", Seat(Role.CORE_TEACHER, klass=learner.klass, herself=learner)) == "own_result"
    assert (
        await problem("institution", Seat(Role.INSTITUTION_LECTURER, audience="managers", herself=learner))
        == "own_result"
    )
    colleague = ours.at("S3")
    assert await problem("core_team", Seat(Role.CORE_TEACHER, klass=learner.klass, herself=colleague)) == "None"
    second = Seat(Role.INSTITUTION_LECTURER, audience="managers", herself=colleague)
    assert await problem("institution", second) == "second_role"
    other = ours.at("S1", "managers")
    taken = Call(f"/results/{other.enrolment}/withdraw-pass", body={"reason": "xem lại"})
    assert (await ask(ours, "grading", "POST", taken, LEADER)).status_code == 200
    body = {"title": "Danh sách mới", "enrolment_ids": [other.enrolment]}
    made = (await ask(ours, "grading", "POST", Call("/recognition-lists", body=body), OFFICER)).json()
    approve = Call(f"/recognition-lists/{made['id']}/approve")
    hers = await ask(ours, "grading", "POST", approve, Seat(Role.DEPARTMENT_LEADER, "P", herself=other))
    assert (hers.status_code, hers.json()["items"][0]["problem"]) == (409, "own_result")
    assert (await ask(ours, "grading", "POST", approve, LEADER)).status_code == 200


def effective(route: str, ours: Province, made: dict[str, str]) -> Call | None:
    """A call that changes something, where that of the matrix would find it done already."""
    new = ours.at("D1", "managers")
    klass = ours.at("D1").klass
    mate = next(one for one in ours.learners if one.klass == klass and one.place != "D1")
    trouble = {"need": "log_in", "person_id": mate.person}
    calls = {
        "POST /imports": Call("/imports", {"kind": "personnel"}, content=WORKBOOK),
        "POST /imports/{import_id}/confirm": Call(f"/imports/{made.get('POST /imports')}/confirm", body={}),
        "POST /offerings": Call("/offerings", body=OFFERING | {"course": "MOI-AUDIT"}),
        "POST /offerings/{offering_id}/allocate": Call(
            f"/offerings/{made.get('POST /offerings')}/allocate", body={"dry_run": False}
        ),
        "PUT /classes/{class_id}/graders": Call(f"/classes/{new.klass}/graders", body={"graders": [new.account]}),
        "POST /certificates/{certificate_id}/revoke": Call(
            f"/certificates/{ours.at('D2').certificate}/revoke", body={"reason": "cấp sai"}
        ),
        "POST /sources": Call("/sources", body={"vendor": "moi-audit"}),
        "POST /recognition-lists": Call(
            "/recognition-lists", body={"title": "Lại", "enrolment_ids": [ours.at("D1").enrolment]}
        ),
        "POST /recognition-lists/{list_id}/approve": Call(
            f"/recognition-lists/{made.get('POST /recognition-lists')}/approve"
        ),
        "POST /forms/{form}/rows": Call("/forms/1/rows", body={"class_id": klass, "rows": [trouble]}),
        "POST /forms/rows/{row_id}/answer": Call(
            f"/forms/rows/{ours.at('S3').form_row}/answer", body={"outcome": "done", "answer": "đã xong"}
        ),
        "POST /forms/rows/{row_id}/pass-up": Call(f"/forms/rows/{ours.own['school_row']}/pass-up"),
        "POST /verdicts": Call(
            "/verdicts",
            body={
                "gate": "core_team",
                "verdicts": [{"enrolment_id": ours.at("S2").enrolment, "met": False, "reason": "chưa đạt"}],
            },
        ),
    }
    return calls.get(route)


ORDER = [
    "POST /imports", "POST /offerings", "POST /results/{enrolment_id}/withdraw-pass", "POST /recognition-lists",
    "POST /certificates/{certificate_id}/replace", "POST /parked/{id}/release",
    "POST /enrolments/{enrolment_id}/extensions",
]  # fmt: skip
"""Come before what needs them, in this order."""


@pytest.mark.parametrize("service", SERVICES)
async def test_every_writing_route_leaves_its_audit_row_in_its_own_transaction(
    both: Both, service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = both[0]
    writes = [(route, rules) for route, rules in routes(ours.world, service) if not route.startswith("GET")]
    writes.sort(key=lambda one: ORDER.index(one[0]) if one[0] in ORDER else len(ORDER))
    made: dict[str, str] = {}
    table = {}
    for route, rules in writes:
        if route in PUBLIC:
            continue
        roles = {role for rule in rules for role in rule["roles"]}
        target = ours.at("S2") if route == "POST /verdicts" else ours.at("D1")
        core = Seat(Role.CORE_TEACHER, klass=target.klass)
        seat = LEADER if LEADER.role in roles else OFFICER if OFFICER.role in roles else core
        call = effective(route, ours, made)
        if call is None:
            (aim,) = aims(service, route)
            assert isinstance(aim, One)
            call = aim.aim(target, ours, seat)
        key = f"audit {route}".replace(" ", "-")
        answer = await ask(ours, service, route.partition(" ")[0], call, seat, **{"idempotency-key": key})
        assert answer.status_code < 300, (route, answer.text)
        made[route] = str(answer.json().get("id"))
        async with ours.world.workers[service].connect() as connection:
            audited = (await connection.execute(sa.text(_AUDITED), {"request": answer.headers["x-request-id"]})).all()
            kept = (await connection.execute(sa.text(_KEPT), {"request": key})).all()
        assert audited, f"{service} {route} leaves no audit row"
        assert len({row.made for row in audited}) == 1
        if route not in UNKEYED:
            assert [row.made for row in kept] == [audited[0].made], f"{route}: audited in another transaction"
        table[route] = audited[0].action
    with capsys.disabled():
        print(f"\n{service}: " + ", ".join(f"{route} -> {action}" for route, action in table.items()))
