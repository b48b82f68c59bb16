"""The table is complete, and nothing outside it passes."""

from __future__ import annotations

import asyncio

import pytest

from gateway.openapi import public_path
from gateway.routes import ROUTES, UPLOAD_LIMIT, Service, find
from tests.gateway.conftest import Stack

CONTRACT = {
    Service.ROSTER: """units units/changes people people/1 duplicates merges merges/1/undo imports imports/1/confirm
        imports/1/file imports/template offerings offerings/1/allocate classes/1/graders enrolments/1/extensions
        forms/1 forms/disagreements role-grants roster/parked roster/audit""",
    Service.GRADING: """results results/1 verdicts recognition-lists recognition-lists/1/approve grader-board schemes
        schemes/1/try sources grading/parked/1/release grading/audit""",
    Service.CERTIFICATES: """certificates certificates/1.pdf certificates/1/revoke certificates/print register issuers
        certificates/parked certificates/audit""",
    Service.REPORTING: """reports reports/progress reports/progress/submissions submissions/1/approve plans
        plans/1/audit plans/1/actuals evidence/1 reporting/parked reporting/audit""",
}
PUBLIC = ["/verify", "/verify/t0ken", "/credentials/t0ken", "/status-lists/1", "/.well-known/jwks.json"]


@pytest.mark.parametrize("service", Service)
def test_every_path_of_the_contracts_has_its_service(service: Service) -> None:
    for word in CONTRACT[service].split():
        route = find(f"/api/v1/{word}", f"/api/v1/{word}")
        assert route is not None, word
        assert (route.service, route.public) == (service, False)


@pytest.mark.parametrize("path", PUBLIC)
def test_the_public_paths_are_the_only_ones_without_a_log_in(path: str) -> None:
    route = find(path, path)
    assert route is not None
    assert (route.service, route.public) == (Service.CERTIFICATES, True)
    assert {r.path for r in ROUTES if r.public} == {
        "/verify", "/credentials", "/status-lists", "/.well-known/jwks.json"
    }  # fmt: skip


def test_no_path_stands_twice_and_only_uploads_may_be_large() -> None:
    assert len({route.path for route in ROUTES}) == len(ROUTES)
    assert {route.path for route in ROUTES if route.body_limit == UPLOAD_LIMIT} == {
        "/api/v1/imports", "/api/v1/plans", "/verify"
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/internal/grants", "/internal/deliveries/viettel", "/api/v1/peoplex", "/api/v1", "/api/v1/", "/api/v1/parkedx",
        "/api/v1/people/../../internal/grants", "/api/v1/people/%2e%2e/x", "/api/v1/people/..%2fx", "/api/v1/people/.",
        "/api/v1/people//x", "//api/v1/people", "/api/v1/people\\x", "/api/v1/people/%00", "/api/v1/people%2Fx",
        "/API/v1/people", "/api/v2/people", "/verifyx", "/api/v1/people/%252e%252e/x",
    ],
)  # fmt: skip
async def test_what_is_not_in_the_table_is_404_even_for_an_officer(stack: Stack, path: str) -> None:
    authorization = (await stack.login())["authorization"]
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\n\r\n".encode())
    status = await reader.readline()
    writer.close()
    assert b" 404 " in status
    assert stack.behind.seen == []


async def test_parked_events_are_reached_through_the_name_of_their_service(stack: Stack) -> None:
    stack.behind.parked = {"grading": ["7"]}
    headers = await stack.login()
    url = f"{stack.url}/api/v1/grading/parked/7/release?x=1"
    async with stack.client.post(url, headers=headers) as answer:
        assert answer.status == 200
    noted = stack.behind.last()
    assert (noted["path"], noted["query"], noted["audience"]) == ("/api/v1/parked/7/release", "x=1", "grading")


def test_the_document_shows_a_services_path_as_the_public_reaches_it() -> None:
    assert public_path(Service.GRADING, "/api/v1/parked/{id}") == "/api/v1/grading/parked/{id}"
    assert public_path(Service.GRADING, "/api/v1/results/{id}") == "/api/v1/results/{id}"
    assert public_path(Service.GRADING, "/api/v1/people") is None
    assert public_path(Service.ROSTER, "/internal/grants") is None


@pytest.mark.parametrize("service", list(Service))
@pytest.mark.parametrize("word", ["parked", "audit"])
def test_what_every_service_has_is_found_also_below_a_path_of_its_own(service: Service, word: str) -> None:
    """/api/v1/certificates took /api/v1/certificates/parked for a certificate's id."""
    path = f"/api/v1/{service}/{word}"
    route = find(path, path)
    assert route is not None
    assert (route.service, route.rewritten(path)) == (service, f"/api/v1/{word}")
