"""What persons decide: revoke, replace, who issues."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.identity import Role
from tests.services.certificates.conftest import ISSUER, MANAGERS, PUBLIC, Certificates
from tests.services.certificates.said import later, passes
from tests.support.states import OTHER_PROVINCE, number


@pytest.fixture
async def one(certificates: Certificates) -> UUID:
    """One certificate in the register."""
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.issue()
    [found] = await certificates.ids()
    return found


async def test_a_replacement_and_its_original_name_each_other(certificates: Certificates, one: UUID) -> None:
    answer = await certificates.lead(
        f"/certificates/{one}/replace",
        {"reason": "Sai tên", "full_name": "  Trâ\u0300n   Văn Mẫu ", "birth_date": "1979-01-02"},
    )
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["number"], made["state"]) == ("Trần Văn Mẫu", "00002/2021/GCN-ĐHSP", "valid")
    old = await certificates.done("GET", f"/certificates/{one}")
    assert (old["state"], old["replaced_by"], old["name"]) == ("replaced", made["id"], "Nguyễn Thị Mẫu")
    assert old["token"] != made["token"]
    rows = await certificates.rows("SELECT printed ->> 'birth_date' AS day FROM certificate ORDER BY number")
    assert [row["day"] for row in rows] == ["1980-05-02", "1979-01-02"]
    page = await certificates.http.get(f"/verify/{old['token']}", headers={"accept": "application/json"})
    assert page.json()["replaced_by_number"] == made["number"]
    assert page.json()["replaced_by_url"] == made["verify_url"] == f"{PUBLIC}/verify/{made['token']}"
    events = await certificates.said()
    assert [event for event, _ in events] == ["issued", "replaced", "issued"]
    assert events[1][1]["replaced_by"] == events[2][1]["certificate_id"] == made["id"]
    await certificates.assert_sound()


async def test_a_replacement_without_new_words_keeps_them(certificates: Certificates, one: UUID) -> None:
    made = (await certificates.lead(f"/certificates/{one}/replace", {"reason": "Bản in hỏng"})).json()
    assert made["name"] == "Nguyễn Thị Mẫu"
    assert made["issued_on"] == later(10).date().isoformat()
    await certificates.draw()
    assert len(certificates.papers()) == 2


async def test_what_ended_cannot_end_again(certificates: Certificates, one: UUID) -> None:
    made = (await certificates.lead(f"/certificates/{one}/replace", {"reason": "x"})).json()
    for word in ("replace", "revoke"):
        assert (await certificates.lead(f"/certificates/{one}/{word}", {"reason": "x"})).status_code == 409
    revoked = await certificates.lead(f"/certificates/{made['id']}/revoke", {"reason": "  Cấp nhầm  "})
    assert (revoked.json()["state"], revoked.json()["ended_why"]) == ("revoked", "Cấp nhầm")
    for word in ("replace", "revoke"):
        assert (await certificates.lead(f"/certificates/{made['id']}/{word}", {"reason": "x"})).status_code == 409
    assert [row[2:] for row in await certificates.register()] == [(1, "replaced"), (2, "revoked")]
    await certificates.assert_sound()


async def test_a_replacement_in_another_year_takes_that_years_register(certificates: Certificates, one: UUID) -> None:
    answer = await certificates.lead(f"/certificates/{one}/replace", {"reason": "x"}, days=400)
    assert answer.json()["number"] == "00001/2022/GCN-ĐHSP"
    assert [row[1:3] for row in await certificates.register()] == [(2021, 1), (2022, 1)]
    await certificates.assert_sound()


IMPOSSIBLE: tuple[dict[str, str], ...] = (
    {},
    {"reason": " "},
    {"reason": "\x00x"},
    {"reason": "x\x00"},
    {"reason": "x" * 501},
    {"reason": "x", "full_name": "Жанна"},
    {"reason": "x", "full_name": " "},
    {"reason": "x", "full_name": ""},
    {"reason": "x", "full_name": "A" * 91},
    {"reason": "x", "birth_date": "1980-13-01"},
)


async def test_a_replacement_that_cannot_be_is_422_and_takes_no_number(certificates: Certificates, one: UUID) -> None:
    for body in IMPOSSIBLE:
        assert (await certificates.lead(f"/certificates/{one}/replace", body)).status_code == 422, body
    assert await certificates.register() == [("ĐHSP", 2021, 1, "valid")]
    await certificates.assert_sound()


async def test_unknown_and_foreign_ones_are_404(certificates: Certificates, one: UUID) -> None:
    foreign = certificates.token(Role.DEPARTMENT_LEADER, OTHER_PROVINCE)
    for word in ("replace", "revoke"):
        assert (await certificates.lead(f"/certificates/{number(99)}/{word}", {"reason": "x"})).status_code == 404
        answer = await certificates.call("POST", f"/certificates/{one}/{word}", {"reason": "x"}, token=foreign)
        assert answer.status_code == 404
    assert await certificates.register() == [("ĐHSP", 2021, 1, "valid")]


async def test_only_the_departments_leader_revokes_and_names_issuers(certificates: Certificates, one: UUID) -> None:
    for role in set(Role) - {Role.DEPARTMENT_LEADER}:
        token = certificates.token(role)
        for path, body in ((f"/certificates/{one}/revoke", {"reason": "x"}), ("/issuers", ISSUER)):
            assert (await certificates.call("POST", path, body, token=token)).status_code == 403
        if role is not Role.PROVINCE_OFFICER:
            answer = await certificates.call("POST", f"/certificates/{one}/replace", {"reason": "x"}, token=token)
            assert answer.status_code == 403


async def test_every_decision_leaves_who_and_what_in_the_audit(certificates: Certificates, one: UUID) -> None:
    made = (await certificates.lead(f"/certificates/{one}/replace", {"reason": "x"})).json()
    await certificates.lead(f"/certificates/{made['id']}/revoke", {"reason": "x"})
    found = await certificates.done("GET", "/audit", token=certificates.token(Role.AUDITOR))
    assert [(item["action"], item["object_id"]) for item in found["items"][:2]] == [
        ("certificate.revoke", made["id"]), ("certificate.replace", str(one))
    ]  # fmt: skip
    assert {item["account"] for item in found["items"]} == {"department_leader@test"}
    assert found["items"][1]["details"] == {"by": made["id"]}


async def test_an_issuer_put_for_the_same_day_is_written_over(certificates: Certificates) -> None:
    await certificates.put_issuers(ISSUER, MANAGERS, ISSUER | {"place": "Tân An"})
    found = await certificates.done("GET", "/issuers")
    assert found["total"] == 2
    assert {(item["audience"], item["details"]["place"]) for item in found["items"]} == {
        ("managers", "Long An"), ("teachers", "Tân An")
    }  # fmt: skip
