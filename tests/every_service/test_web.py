"""What every service answers, built by its own main.py over its migrated database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.problems import PROBLEM_JSON
from tests.every_service.services import SERVICES, built
from tests.support.databases import Databases

pytestmark = pytest.mark.parametrize("service", SERVICES)

METRICS = (
    "consumer_lag_records",
    "consumer_last_poll_age_seconds",
    "consumer_parked_events",
    "event_loop_lag_seconds",
    "job_backlog_rows",
    "outbox_oldest_unpublished_age_seconds",
    "outbox_unpublished_rows",
)
"""What docs/how-to/when-events-stop.md looks at."""

PUBLIC = ("/verify", "/credentials", "/status-lists", "/.well-known")


async def test_it_is_alive_ready_and_measured(
    databases: Databases, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with built(service, databases.urls(service), tmp_path, monkeypatch) as (parts, client):
        assert parts.name == service
        assert (await client.get("/livez")).json() == {"status": "alive"}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready", "faults": {}})
        metrics = (await client.get("/metrics")).text
        assert set(METRICS) - set(re.findall(r"^(\w+)", metrics, re.MULTILINE)) == set()
        parts.app.state.stopping.set()
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/livez")).status_code == 200


async def test_without_its_database_it_is_alive_and_not_ready(
    databases: Databases, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = dict.fromkeys(databases.urls(service), "postgresql://nobody:none@127.0.0.1:9/none")
    async with built(service, away, tmp_path, monkeypatch) as (_, client):
        assert (await client.get("/livez")).status_code == 200
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert set(ready.json()["faults"]) == {"database"}
        assert (await client.get("/metrics")).status_code == 503


async def test_its_database_at_another_revision_than_the_code_is_not_ready(
    databases: Databases, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with built(service, databases.empty(service, "migrations"), tmp_path, monkeypatch) as (_, client):
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert set(ready.json()["faults"]) == {"schema"}


async def test_its_openapi_builds_and_no_route_of_it_answers_without_a_token_but_the_public_ones(
    databases: Databases, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with built(service, databases.urls(service), tmp_path, monkeypatch) as (parts, client):
        document = (await client.get("/openapi.json")).json()
        assert document["openapi"].startswith("3.1")
        assert document == parts.app.openapi()
        assert document["paths"]
        for path, operations in document["paths"].items():
            for method in operations:
                if path.startswith(PUBLIC):
                    continue
                place = re.sub(r"\{[^}]+\}", "01980000-0000-7000-8000-000000000001", path)
                answer = await client.request(method.upper(), place)
                assert answer.status_code == 401, (method, path)
                assert answer.headers["content-type"] == PROBLEM_JSON
                assert answer.headers["x-request-id"]
        nowhere = await client.get("/api/v1/nowhere")
        assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, PROBLEM_JSON)
