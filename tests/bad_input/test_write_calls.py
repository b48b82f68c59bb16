"""Bad REST writes (table G3), what is wrong outside the body: ids, roles, methods, steps, keys. See test_writes.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.identity import Role
from tests.bad_input.good import GOOD, ISSUER, OFFERING
from tests.bad_input.service import CANARY, NOBODY, Service, at, has_id, refused
from tests.support.states import OTHER_PROVINCE, PROVINCE

ABSENT: dict[str, tuple[str, int]] = {
    "an id that nothing has": (str(NOBODY), 404),
    "malformed UUID": ("01980000-0000-7000-8000", 422),
    "SQL text": ("1'%20OR%20'1'='1", 422),
    "SQL text that would end the statement": ("';%20DROP%20TABLE%20audit;--", 422),
    "../": ("..%2F..%2Fetc%2Fpasswd", 404),
    "NUL": ("%00", 400),
    "not UTF-8": ("%FF", 400),
    "10 kB": ("9" * 10_240, 422),
}


@pytest.mark.parametrize(("id_", "status"), ABSENT.values(), ids=ABSENT)
async def test_an_id_that_is_none_of_ours_is_refused(service: Service, id_: str, status: int) -> None:
    held = await service.held()
    for method, path, _ in service.routes("POST", "PUT"):
        if has_id(path):
            refused(await service.call(method, at(path, id_), json=GOOD[service.name].get(path)), status, method, path)
    assert await service.held() == held


async def test_what_is_another_provinces_is_not_found(service: Service) -> None:
    held = await service.held()
    for decision in ("release", "discard"):
        place = f"/api/v1/parked/{service.parked[OTHER_PROVINCE]}/{decision}"
        refused(await service.call("POST", place, json={"reason": "x"}), 404)
        refused(await service.call("GET", place.rpartition("/")[0]), 404)
    assert await service.held() == held


@pytest.mark.parametrize("role", [Role.LEARNER, Role.VENDOR, Role.AUDITOR])
async def test_a_role_that_changes_nothing_is_refused_every_write(service: Service, role: Role) -> None:
    held = await service.held()
    for method, path, operation in service.routes("POST", "PUT", "PATCH", "DELETE"):
        if path.startswith("/verify"):
            continue
        good = GOOD[service.name].get(path)
        file = {"content": b"PK", "headers": {"content-type": "application/octet-stream"}}
        more: dict[str, Any] = {"json": good} if good else file if "requestBody" in operation else {}
        place = at(path) + ("?kind=personnel" if path.endswith("/imports") else "")
        refused(await service.call(method, place, who=service.token(role), **more), 403, method, path)
    assert await service.held() == held


@pytest.mark.parametrize(
    ("role", "gate"),
    [
        (Role.CORE_TEACHER, "institution"),
        (Role.INSTITUTION_LECTURER, "core_team"),
        (Role.DEPARTMENT_LEADER, "core_team"),
        (Role.PROVINCE_OFFICER, "institution"),
    ],
)
async def test_a_field_not_allowed_to_the_role_is_refused(services: dict[str, Service], role: Role, gate: str) -> None:
    grading = services["grading"]
    body = GOOD["grading"]["/api/v1/verdicts"] | {"gate": gate}
    refused(await grading.call("POST", "/api/v1/verdicts", who=grading.token(role), json=body), 403)


@pytest.mark.parametrize("header", ["x-http-method-override", "x-http-method", "x-method-override"])
async def test_a_header_makes_no_other_method_of_a_call(service: Service, header: str) -> None:
    held = await service.held()
    place = f"/api/v1/parked/{service.parked[PROVINCE]}"
    for method in ("POST", "DELETE", "PUT"):
        answer = await service.call("GET", place, headers={header: method})
        assert (answer.status_code, answer.json()["state"]) == (200, "parked")
        refused(await service.call("GET", place, params={"_method": method}), 422)
        refused(await service.call("POST", place, headers={header: "GET"}, json={"reason": "x"}), 405)
    assert await service.held() == held


@pytest.mark.parametrize(
    ("method", "place", "status"),
    [
        pytest.param("POST", "/api/v1/certificates", 405, id="issue before approve: nobody issues by a call"),
        pytest.param("POST", "/api/v1/certificates/{id}/issue", 404, id="issue one"),
        pytest.param("POST", "/api/v1/certificates/{id}/unrevoke", 404, id="un-revoke"),
        pytest.param("POST", "/api/v1/certificates/{id}/reinstate", 404, id="reinstate"),
        pytest.param("DELETE", "/api/v1/certificates/{id}", 405, id="delete a certificate"),
        pytest.param("PATCH", "/api/v1/certificates/{id}", 405, id="set the state of a certificate"),
    ],
)
async def test_a_step_that_is_not_allowed_has_no_call(
    services: dict[str, Service], method: str, place: str, status: int
) -> None:
    answer = await services["certificates"].call(method, at(place), json={"state": "valid"})
    refused(answer, status)


KEYED: dict[str, tuple[str, dict[str, Any], int]] = {
    "roster": ("/api/v1/offerings", OFFERING, 201),
    "grading": ("/api/v1/sources", {"vendor": "viettel"}, 201),
    "certificates": ("/api/v1/issuers", ISSUER, 201),
}
"""A write that does something, of each service that has one; reporting's only writes are decisions on parked events,
which take no key: they are the same however often they come (decision 11)."""


@pytest.fixture(params=KEYED)
def keyed(request: pytest.FixtureRequest, services: dict[str, Service]) -> Service:
    """One of them after the other."""
    return services[str(request.param)]


KEYS = {"256 characters": "x" * 256, "a blank": "a b", "no ASCII": "ké", "empty": ""}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
async def test_an_idempotency_key_that_is_none_is_refused(keyed: Service, key: str) -> None:
    held = await keyed.held()
    path, body, _ = KEYED[keyed.name]
    refused(await keyed.call("POST", path, json=body, headers={"idempotency-key": key.encode()}), 400)
    assert await keyed.held() == held


async def test_a_write_under_a_key_is_done_once_and_another_under_it_refused(keyed: Service) -> None:
    path, body, status = KEYED[keyed.name]
    key = {"idempotency-key": "4f1b-once"}
    first = await keyed.call("POST", path, json=body, headers=key)
    assert first.status_code == status, first.text
    held = await keyed.held()
    again = await keyed.call("POST", path, json=body, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    refused(await keyed.call("POST", path, json=body | {"unkown": CANARY}, headers=key), 409)
    plus = {"content-type": "application/merge-patch+json"}
    refused(await keyed.call("POST", path, content=json.dumps({"a": 1}), headers=key | plus), 409)
    assert await keyed.held() == held
