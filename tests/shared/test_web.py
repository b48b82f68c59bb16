"""The HTTP skeleton in process: problems, request ids, the server's time, health."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query, Response
from joserfc.jwk import ECKey
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.audit import Act
from shared.callers import OPEN, UnruledRouteError, acts, demand, may
from shared.clock import utc_now
from shared.identity import Grant, Over, Principal, Resource, Role, Rule
from shared.problems import BAD_REQUEST, CONFLICT, PROBLEM_JSON, Problem, body_of, wants_english
from shared.settings import Environment
from shared.tokens import Verifier, mint
from shared.web import create_app, json_response, router
from tests.support.states import PROVINCE, number

KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
READ = Rule("things.read", frozenset({Role.PROVINCE_OFFICER, Role.SCHOOL_HEAD, Role.LEARNER}))
WHOEVER = Rule("things.any", frozenset(Role), Over.ROLE)


class TakenError(Exception):
    """A domain fault of the tests."""


def build(jwks: Path, environment: Environment, faults: dict[str, str]) -> FastAPI:
    """An application with some routes of every kind."""

    async def readiness() -> dict[str, str]:
        return faults

    async def refresh() -> None:
        return None

    app = create_app(
        "test",
        environment=environment,
        verifier=Verifier(jwks, "test"),
        errors={TakenError: CONFLICT},
        readiness=readiness,
        refresh_metrics=refresh,
    )
    routes = router()

    @routes.get("/things")
    async def things(act: Annotated[Act, acts(READ)], limit: Annotated[int, Query(ge=1)] = 1) -> Response:
        return json_response(
            {"at": act.at, "account": act.account, "request": act.request_id, "trace": act.traceparent}
        )

    @routes.get("/things/{unit}")
    async def thing(caller: Annotated[Principal, may(READ)], unit: int) -> Response:
        demand(caller, READ, Resource(unit_path=(number(unit),)))
        return json_response({})

    @routes.get("/whoever")
    async def whoever(_: Annotated[Principal, may(WHOEVER)], q: str = "") -> Response:
        return json_response({})

    @app.post("/said", dependencies=[OPEN])
    @routes.post("/said", dependencies=[OPEN])
    async def said(body: dict[str, Any]) -> Response:
        return json_response({})

    @routes.get("/taken", dependencies=[OPEN])
    async def taken() -> Response:
        raise TakenError("by someone else")

    @routes.get("/broken", dependencies=[OPEN])
    async def broken() -> Response:
        raise KeyError("a secret value")

    @routes.get("/away", dependencies=[OPEN])
    async def away() -> Response:
        raise PoolTimeoutError

    app.include_router(routes)
    return app


@pytest.fixture
def faults() -> dict[str, str]:
    """What is not ready; empty to begin with."""
    return {}


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    """The key file."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    return file


@pytest.fixture
def environment() -> Environment:
    """Production unless a test says otherwise."""
    return Environment.PRODUCTION


@pytest.fixture
def app(jwks: Path, environment: Environment, faults: dict[str, str]) -> FastAPI:
    """The application."""
    return build(jwks, environment, faults)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the application without a socket."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://test"
    ) as made:
        yield made


def login(role: Role = Role.PROVINCE_OFFICER, **more: Any) -> dict[str, str]:
    """Headers of a caller."""
    members: dict[str, Any] = {"province_id": PROVINCE, "grants": [Grant(role=role)]} | more
    principal = Principal(account="so.01@longan.edu.vn", **members)
    return {"authorization": f"Bearer {mint(principal, 'test', KEY, utc_now())}"}


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/api/v1/nowhere", 404, "not-found"),
        ("POST", "/api/v1/things", 405, "method-not-allowed"),
        ("GET", "/api/v1/things?limit=none", 422, "invalid"),
        ("GET", "/api/v1/things/none", 422, "invalid"),
        ("GET", "/api/v1/taken", 409, "conflict"),
        ("GET", "/api/v1/broken", 500, "internal"),
        ("GET", "/api/v1/away", 503, "unavailable"),
    ],
)
async def test_every_fault_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, slug: str
) -> None:
    answer = await client.request(method, path, headers=login())
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM_JSON)
    content = answer.json()
    assert content["type"].endswith(f"/{slug}")
    assert content["status"] == status
    assert content["instance"] == path.partition("?")[0]
    assert answer.headers["x-request-id"]
    assert "secret" not in answer.text


async def test_a_problem_speaks_vietnamese_unless_english_is_asked_for_first(client: httpx.AsyncClient) -> None:
    for path in ("/nowhere", "/api/v1/broken"):
        vietnamese = await client.get(path, headers={"accept-language": "vi, en;q=0.8"})
        english = await client.get(path, headers={"accept-language": "en-GB,en;q=0.9"})
        assert vietnamese.headers["content-language"] == "vi"
        assert english.headers["content-language"] == "en"
        assert vietnamese.json()["title"] != english.json()["title"]


def test_a_problem_may_say_more() -> None:
    rich = json.loads(
        body_of(
            Problem(BAD_REQUEST, detail="d", errors=[{"pointer": "/a", "message": "m"}], more={"id": "7"}),
            "/x",
            english=True,
        )
    )
    assert (rich["detail"], rich["errors"], rich["id"]) == ("d", [{"pointer": "/a", "message": "m"}], "7")


@pytest.mark.parametrize(
    ("header", "english"),
    [
        (None, False), ("", False), ("vi", False), ("en", True), ("EN-us", True), ("fr, en", True), ("fr", False),
        ("vi, en", False), ("en, vi", True), ("en;q=0.8, vi;q=0.9", False), ("vi;q=0.1, en-GB;q=0.2", True),
        ("en;q=0", False), ("*", False), ("en;q=2", False), ("en;q=", False), (";;,,en", True),
        (", " * 30 + "en", False),
    ],
)  # fmt: skip
def test_the_language_is_the_one_that_is_wanted_more(header: str | None, english: bool) -> None:
    assert wants_english(header) is english


async def test_an_invalid_field_is_named_by_its_place_and_its_value_is_not_repeated(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/things?limit=012345678901", headers=login())
    assert answer.status_code == 200
    answer = await client.get("/api/v1/things?limit=079123456789x", headers=login())
    assert [row["pointer"] for row in answer.json()["errors"]] == ["/query/limit"]
    assert "079123456789" not in answer.text


async def test_the_request_id_and_trace_of_the_caller_go_on_and_new_ones_are_made_where_there_are_none(
    client: httpx.AsyncClient,
) -> None:
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    given = await client.get("/api/v1/things", headers=login() | {"x-request-id": "mine", "traceparent": trace})
    assert given.headers["x-request-id"] == given.json()["request"] == "mine"
    assert given.json()["trace"][:35] == trace[:35]
    assert given.json()["trace"] != trace
    for malformed in ("", "00-" + "0" * 32 + "-" + "b" * 16 + "-01", "nonsense"):
        fresh = await client.get("/api/v1/things", headers=login() | {"traceparent": malformed})
        assert len(fresh.json()["trace"]) == 55
        assert fresh.json()["trace"][3:35] not in (trace[3:35], "0" * 32)
        assert fresh.headers["x-request-id"] != "mine"
    long = await client.get("/livez", headers={"x-request-id": "x" * 5_000})
    assert len(long.headers["x-request-id"]) <= 64


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Basic eDp5"},
        {"authorization": "Bearer a.b.c"},
    ],
)
async def test_without_a_good_token_every_call_is_answered_the_same(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get("/api/v1/things", headers=headers)
    bare = await client.get("/api/v1/things")
    assert answer.status_code == 401
    assert answer.content == bare.content


async def test_a_role_without_the_right_is_forbidden_and_a_foreign_object_not_found(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/api/v1/things", headers=login(Role.VENDOR))).status_code == 403
    assert (await client.get("/api/v1/things", headers=login(province_id=None))).status_code == 403
    head = login(grants=[Grant(role=Role.SCHOOL_HEAD, unit_id=number(3))])
    assert (await client.get("/api/v1/things/3", headers=head)).status_code == 200
    assert (await client.get("/api/v1/things/4", headers=head)).status_code == 404


def test_a_route_that_declares_no_rule_is_not_built(app: FastAPI) -> None:
    async def forgotten() -> Response:
        return json_response({})

    for routes in (router(), router(keyed=False), router(rows_alone=True), app):
        with pytest.raises(UnruledRouteError, match="/forgotten declares no rule"):
            routes.get("/forgotten")(forgotten)


def test_a_routes_rules_stand_in_its_document(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    reading = {"action": "things.read", "roles": ["learner", "province_officer", "school_head"], "over": "reach"}
    assert paths["/api/v1/things"]["get"]["x-rules"] == [reading]
    assert paths["/api/v1/taken"]["get"]["x-rules"] == []


async def test_a_query_parameter_the_route_does_not_know_is_refused_by_name_and_only_to_who_may_call(
    client: httpx.AsyncClient,
) -> None:
    for asked in ("limti=1", "limit=1&unit=x", "LIMIT=1", "=1", "limit[]=1"):
        answer = await client.get(f"/api/v1/things?{asked}", headers=login())
        assert answer.status_code == 422, asked
        assert [row["message"] for row in answer.json()["errors"]] == ["không có tham số này"]
        assert (await client.get(f"/api/v1/things?{asked}")).status_code == 401
        assert (await client.get(f"/api/v1/things?{asked}", headers=login(Role.VENDOR))).status_code == 403
    assert (await client.post("/said?utm_source=x", json={})).status_code == 200
    assert (await client.get("/api/v1/whoever?limit=1&cursor=x", headers=login())).status_code == 200


async def test_health_tells_being_alive_from_being_ready(
    client: httpx.AsyncClient, app: FastAPI, faults: dict[str, str]
) -> None:
    assert (await client.get("/readyz")).status_code == 200
    faults["database"] = "away"
    assert (await client.get("/readyz")).json() == {"status": "not ready", "faults": {"database": "away"}}
    faults.clear()
    app.state.stopping.set()
    stopping = await client.get("/readyz")
    assert (stopping.status_code, stopping.json()["faults"]) == (503, {"process": "stopping"})
    assert (await client.get("/livez")).status_code == 200
    assert "http_request_duration_seconds" in (await client.get("/metrics")).text


SERVER_DATE = {"x-with-server-date": "2020-12-28T09:15:02.120+07:00"}
THEN = datetime(2020, 12, 28, 2, 15, 2, 120_000, tzinfo=UTC)


async def test_in_production_nobody_sets_the_clock(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/things", headers=login() | SERVER_DATE)
    assert abs(datetime.fromisoformat(answer.json()["at"]) - utc_now()).total_seconds() < 60


@pytest.mark.parametrize("environment", [Environment.SANDBOX, Environment.LOCAL])
async def test_outside_production_a_caller_whose_role_allows_it_sets_the_clock(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/things", headers=login() | SERVER_DATE)
    assert datetime.fromisoformat(answer.json()["at"]) == THEN
    assert (await client.get("/api/v1/things", headers=login(Role.LEARNER) | SERVER_DATE)).status_code == 403
    for malformed in ("yesterday", "2020-12-28T09:15:02", "", "9999-12-31T23:59:59-23:59"):
        wrong = await client.get("/api/v1/things", headers=login() | {"x-with-server-date": malformed})
        assert wrong.status_code == 400


@pytest.mark.parametrize("environment", [Environment.SANDBOX])
@pytest.mark.parametrize(
    ("role", "given", "status"),
    [
        (Role.PROVINCE_OFFICER, "nonsense", 400),
        (Role.PROVINCE_OFFICER, "2020-12-28T09:15:02", 400),
        (Role.PROVINCE_OFFICER, "", 400),
        (Role.PROVINCE_OFFICER, "1999-12-31T23:59:59Z", 400),
        (Role.PROVINCE_OFFICER, "2100-01-01T00:00:01Z", 400),
        (Role.PROVINCE_OFFICER, "9999-12-31T23:59:59-14:00", 400),
        (Role.PROVINCE_OFFICER, "0001-01-01T00:00:00+14:00", 400),
        (Role.PROVINCE_OFFICER, "2100-01-01T00:00:00Z", 200),
        (Role.LEARNER, "2020-12-28T09:15:02Z", 403),
        (Role.AUDITOR, "2020-12-28T09:15:02Z", 403),
        (Role.LEARNER, "nonsense", 400),
    ],
)
async def test_every_route_refuses_a_server_time_that_is_none_and_who_may_not_set_it(
    client: httpx.AsyncClient, role: Role, given: str, status: int
) -> None:
    headers = login(role) | {"x-with-server-date": given}
    for path in ("/api/v1/whoever", "/api/v1/things"):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, path) == (status, path)
    if status == 400:
        assert (await client.get("/api/v1/taken", headers={"x-with-server-date": given})).status_code == 400


async def test_in_production_the_header_is_no_matter_whatever_it_says(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/whoever", headers=login(Role.LEARNER) | {"x-with-server-date": "nonsense"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/whoever?offering=%00",
        "/api/v1/whoever?%00=1",
        "/api/v1/whoever?offering=%ed%a0%80",
        "/api/v1/whoever?offering=%ff",
        "/api/v1/things/%00",
        "/nowhere/%00",
        "/nowhere/%ed%b0%80",
    ],
)
async def test_an_address_that_no_database_could_keep_is_a_bad_request(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address, headers=login())
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM_JSON)
    assert answer.json()["instance"].startswith(address[:8])
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("text", ["%E1%BB%A7", "%F0%9F%8E%93", "+", "%25", "a%2500"])
async def test_any_other_text_passes(client: httpx.AsyncClient, text: str) -> None:
    assert (await client.get(f"/api/v1/whoever?q={text}", headers=login())).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (rb'{"why": "a\u0000b"}', "/body/why"),
        (rb'{"why": {"deep": [1, "\ud800"]}}', "/body/why/deep/1"),
        (rb'{"why": {"\udfff": 1}}', "/body/why"),
        (b'{"why": "\xed\xa0\x80"}', "/body/why"),
    ],
)
async def test_a_text_in_a_body_that_no_database_could_keep_is_invalid_and_named(
    client: httpx.AsyncClient, body: bytes, pointer: str
) -> None:
    headers = {"content-type": "application/json"}
    for path in ("/api/v1/said", "/said"):
        answer = await client.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
        paired = await client.post(path, content=rb'{"why": "\ud83c\udf93 \u1ee7"}', headers=headers)
        assert paired.status_code == 200


async def test_a_problem_names_the_path_as_the_client_called_it(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/taken", "/api/v1/broken", "/nowhere"):
        answer = await client.get(path, headers={"x-forwarded-path": "/webhooks/lms/viettel"})
        assert answer.json()["instance"] == "/webhooks/lms/viettel"
